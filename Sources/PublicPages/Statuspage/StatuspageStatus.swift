public import StatusPages

/// The state of a page in Statuspage's words.
struct StatuspageStatus: Equatable {
    /// `maintenance` is not in Statuspage's API reference, but its pages send it.
    enum Indicator: String {
        case none, minor, major, critical, maintenance
    }

    let indicator: Indicator
    let description: String

    init(_ indicator: Indicator, _ description: String) {
        self.indicator = indicator
        self.description = description
    }

    /// Depends on the visible components, and on whether an incident is ongoing.
    init(_ state: ScopeState) {
        let statuses = state.scope.visible.map { state.status(of: $0.component.id) }
        func some(_ status: ShownStatus) -> Bool { statuses.contains(status) }
        func all(_ status: ShownStatus) -> Bool { some(status) && statuses.allSatisfy { $0 == status } }
        self =
            if all(.fullOutage) {
                Self(.critical, "Major System Outage")
            } else if some(.fullOutage) {
                Self(.major, "Partial System Outage")
            } else if all(.partialOutage) {
                Self(.major, "Partial System Outage")
            } else if some(.partialOutage) {
                Self(.minor, "Minor Service Outage")
            } else if all(.degradedPerformance) && statuses.count > 1 {
                Self(.minor, "Degraded System Service")
            } else if some(.degradedPerformance) {
                Self(.minor, "Partially Degraded Service")
            } else if !state.incidents.isEmpty {
                Self(.minor, "Minor Service Outage")
            } else if some(.underMaintenance) {
                Self(.maintenance, "Service Under Maintenance")
            } else {
                Self(.none, "All Systems Operational")
            }
    }
}

extension PageState {
    /// The state of the whole page as Statuspage's API shows it.
    public var statuspageStatus: (indicator: String, description: String) {
        let status = StatuspageStatus(ScopeState(self, PageScope(page, pageURL: url)))
        return (status.indicator.rawValue, status.description)
    }
}

extension ShownStatus {
    /// The status as Statuspage names it.
    var statuspageName: String { self == .fullOutage ? "major_outage" : rawValue }
}

extension Maintenance.Status {
    /// The status as Statuspage names it.
    var statuspageName: String {
        switch self {
        case .scheduled: "scheduled"
        case .inProgress: "in_progress"
        case .complete: "completed"
        }
    }
}

extension ComponentStatus {
    /// The impact of an incident in which this is the worst status of a component.
    var statuspageImpact: String {
        switch self {
        case .operational: "none"
        case .degradedPerformance: "minor"
        case .partialOutage: "major"
        case .fullOutage: "critical"
        }
    }
}
