/// How a maintenance's updates change its periods.
extension Maintenance {
    /// The periods of a new maintenance.
    static func periods(
        of components: [ID<Component>], _ window: Window, status: Status, at now: Timestamp
    ) -> [MaintenancePeriod] {
        components.compactMap { component in
            let period = MaintenancePeriod(
                componentID: component, startAt: window.startAt, endAt: window.endAt, isOpen: true)
            switch status {
            case .scheduled: return period
            case .inProgress: return period.begun(by: now)
            case .complete: return period.ended(at: min(window.endAt, now))
            }
        }
    }

    /// Applies an update's status to the periods.
    /// - Parameter end: when open periods end if the status is complete.
    mutating func applyStatus(_ status: Status, at now: Timestamp, endingAt end: Timestamp) {
        switch status {
        case .scheduled: break
        case .inProgress: replaceOpenPeriods { $0.begun(by: now) }
        case .complete: replaceOpenPeriods { $0.ended(at: end) }
        }
    }

    /// Applies an update's component statuses to the components' periods.
    mutating func apply(_ changes: [MaintenanceComponentChange], at now: Timestamp) {
        for change in changes {
            switch change.status {
            case .operational:
                replaceOpenPeriods { $0.componentID == change.componentID ? $0.ended(at: now) : $0 }
            case .underMaintenance:
                if !periods.contains(where: { $0.isOpen && $0.componentID == change.componentID }) {
                    open(change.componentID, at: now)
                }
            }
        }
    }

    /// Moves every open period to the part of the window after the component's ended periods. Drops a period if that
    /// part is empty.
    mutating func moveOpenPeriods() {
        let window = window
        let ends = Dictionary(
            periods.compactMap { period in
                period.isOpen ? nil : period.endAt.map { (period.componentID, $0) }
            }, uniquingKeysWith: max)
        replaceOpenPeriods { period in
            let start = max(window.startAt, ends[period.componentID] ?? window.startAt)
            guard start < window.endAt else { return nil }
            return MaintenancePeriod(
                componentID: period.componentID, startAt: start, endAt: window.endAt, isOpen: true)
        }
    }

    /// Opens a period that starts now. If the work has not begun, the period starts no earlier than the window.
    private mutating func open(_ component: ID<Component>, at now: Timestamp) {
        let start = status == .scheduled ? max(now, window.startAt) : now
        let end = window.endAt > now ? window.endAt : nil
        periods.append(MaintenancePeriod(componentID: component, startAt: start, endAt: end, isOpen: true))
        sortPeriods()
    }

    private mutating func replaceOpenPeriods(_ replacement: (MaintenancePeriod) -> MaintenancePeriod?) {
        periods = periods.compactMap { $0.isOpen ? replacement($0) : $0 }
        sortPeriods()
    }

    private mutating func sortPeriods() {
        let mentions = Dictionary(uniqueKeysWithValues: touchedComponents.enumerated().map { ($1, $0) })
        periods = periods.enumerated().sorted { left, right in
            let leftMention = mentions[left.element.componentID] ?? .max
            let rightMention = mentions[right.element.componentID] ?? .max
            return (left.element.startAt, leftMention, left.offset) < (
                right.element.startAt, rightMention, right.offset
            )
        }.map(\.element)
    }
}

extension MaintenancePeriod {
    /// The period, changed to start no later than `now`.
    fileprivate func begun(by now: Timestamp) -> MaintenancePeriod {
        MaintenancePeriod(componentID: componentID, startAt: min(startAt, now), endAt: endAt, isOpen: true)
    }

    /// The period, ended at `end`. Nil if it does not start before that.
    fileprivate func ended(at end: Timestamp) -> MaintenancePeriod? {
        guard end > startAt else { return nil }
        return MaintenancePeriod(componentID: componentID, startAt: startAt, endAt: end, isOpen: false)
    }
}
