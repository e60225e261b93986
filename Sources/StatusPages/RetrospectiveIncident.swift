/// A command to record a past incident, as far as it could be read. It has not been checked yet.
public struct RetrospectiveCreation: Sendable {
    public struct Update: Sendable {
        public var status: Incident.Status?
        public var message: String?
        public var publishedAt: Timestamp?
        public var componentStatuses: [ComponentStatusDraft]?

        public init(
            status: Incident.Status?, message: String?, publishedAt: Timestamp?,
            componentStatuses: [ComponentStatusDraft]?
        ) {
            self.status = status
            self.message = message
            self.publishedAt = publishedAt
            self.componentStatuses = componentStatuses
        }
    }

    public var name: String?
    public var idempotencyKey: String?
    /// Oldest first.
    public var updates: [Update]?

    public init(name: String?, idempotencyKey: String?, updates: [Update]?) {
        self.name = name
        self.idempotencyKey = idempotencyKey
        self.updates = updates
    }
}

extension Incident {
    /// Records a past incident with its updates and their times. Nobody is notified.
    ///
    /// The parameters are those of `declare`.
    /// - Throws: everything that is wrong with the command. `Faults` is empty if only the page is missing.
    public static func record(
        _ command: RetrospectiveCreation, on page: StatusPage?, at now: Timestamp, newID: () -> ULID
    ) throws(Faults) -> Incident {
        var faults = [
            TextRule.name.fault(command.name, .name),
            TextRule.idempotencyKey.fault(command.idempotencyKey, .idempotencyKey),
        ].compactMap(\.self)
        faults += faultsOfList(command.updates)
        var history = RetrospectiveHistory(page: page, now: now)
        if let updates = command.updates, updates.count <= mostUpdates + 1 {
            // More than 1,000 faults do not help anyone.
            for (index, update) in updates.enumerated() where history.faults.count < 1_000 {
                history.add(update, at: index, newID: newID)
            }
        }
        faults += history.faults
        guard faults.isEmpty, let page, let name = command.name, let first = history.updates.first,
            let last = history.updates.last
        else { throw Faults(faults) }
        return Incident(
            id: ID(newID()), pageID: page.id, name: name, publishedAt: first.publishedAt, status: last.status,
            updates: history.updates)
    }

    private static func faultsOfList(_ updates: [RetrospectiveCreation.Update]?) -> [Fault] {
        guard let updates else { return [Fault(.required, [.field(.updates)], "The updates are required.")] }
        guard let last = updates.last else {
            return [Fault(.tooShort, [.field(.updates)], "There must be at least one update.")]
        }
        // Only an update that resolves the incident may be beyond the limit.
        let isResolving = last.status == .resolved && updates.dropLast().last?.status != .resolved
        if updates.count > mostUpdates + (isResolving ? 1 : 0) {
            return [.tooManyUpdates(Status.self, most: mostUpdates)]
        }
        guard let status = last.status, status != .resolved else { return [] }
        let place: [Fault.Step] = [.field(.updates), .index(updates.count - 1), .field(.incidentStatus)]
        return [Fault(.invalidValue, place, "The last update must be resolved: the incident is over.")]
    }
}

/// The updates of a past incident, added and checked one by one.
private struct RetrospectiveHistory {
    let page: StatusPage?
    let now: Timestamp
    private(set) var updates: [IncidentUpdate] = []
    private(set) var faults: [Fault] = []
    private var latest: Timestamp?

    init(page: StatusPage?, now: Timestamp) {
        self.page = page
        self.now = now
    }

    mutating func add(_ draft: RetrospectiveCreation.Update, at index: Int, newID: () -> ULID) {
        var found: [Fault] = []
        if let fault = TextRule.message.fault(draft.message, .message) { found.append(fault) }
        if draft.status == nil {
            found.append(Fault(.required, [.field(.incidentStatus)], "The incident's status is required."))
        }
        found += faultsOfTime(draft.publishedAt)
        let changes = (draft.componentStatuses ?? []).checked(on: page, faults: &found)
        if draft.status == .resolved { found += faultsOfResolving(draft.componentStatuses, isFirst: index == 0) }
        latest = [latest, draft.publishedAt].compactMap(\.self).max()
        faults += found.map { $0.under([.field(.updates), .index(index)]) }
        guard found.isEmpty, let message = draft.message, let status = draft.status, let time = draft.publishedAt
        else { return }
        let isResolving = status == .resolved && index > 0
        updates.append(
            IncidentUpdate(
                id: ID(newID()), publishedAt: time, message: message, status: status,
                componentStatuses: isResolving ? ImpactTimeline(updates).touchedAsOperational : changes,
                notifiesSubscribers: false))
    }

    private func faultsOfTime(_ time: Timestamp?) -> [Fault] {
        guard let time else {
            return [Fault(.required, [.field(.publishedAt)], "The time of publication is required.")]
        }
        if time > now {
            return [Fault(.invalidValue, [.field(.publishedAt)], "The time of publication must be in the past.")]
        }
        if let latest, time < latest {
            return [Fault(.invalidValue, [.field(.publishedAt)], "Updates must be in chronological order.")]
        }
        return []
    }

    /// The update that resolves an incident makes every component operational, so it must not list any. If it is also
    /// the first update, it may list components, but only as operational.
    private func faultsOfResolving(_ components: [ComponentStatusDraft]?, isFirst: Bool) -> [Fault] {
        guard let components else { return [] }
        return isFirst ? Incident.faultsOfImpacts(components) : [.componentsWith(Incident.Status.resolved)]
    }
}
