/// A span of time in which an incident gave a component one status other than operational.
public struct ComponentImpact: Equatable, Sendable {
    public let componentID: ID<Component>
    public let status: ComponentStatus
    public let startAt: Timestamp
    /// Nil while the impact lasts.
    public let endAt: Timestamp?

    public init(componentID: ID<Component>, status: ComponentStatus, startAt: Timestamp, endAt: Timestamp?) {
        self.componentID = componentID
        self.status = status
        self.startAt = startAt
        self.endAt = endAt
    }
}

/// The component statuses in an incident's updates over time. A pure function of the updates.
public struct ImpactTimeline: Equatable, Sendable {
    /// The longest possible spans at one status other than operational. Sorted by start, then by the component's first
    /// mention.
    public let impacts: [ComponentImpact]
    /// Every component in the updates with its latest status, in the order of first mention.
    public let current: [ComponentStatusChange]

    /// - Parameter updates: oldest first.
    public init(_ updates: [IncidentUpdate]) {
        var order: [ID<Component>] = []
        var changes: [ID<Component>: [(at: Timestamp, status: ComponentStatus)]] = [:]
        for update in updates {
            for change in update.componentStatuses {
                if changes[change.componentID] == nil { order.append(change.componentID) }
                changes[change.componentID, default: []].append((update.publishedAt, change.status))
            }
        }
        impacts = order.enumerated()
            .flatMap { mention, id in Self.spans(of: id, changes[id] ?? []).map { (mention, $0) } }
            .sorted { ($0.1.startAt, $0.0) < ($1.1.startAt, $1.0) }
            .map(\.1)
        current = order.compactMap { id in
            changes[id]?.last.map { ComponentStatusChange(componentID: id, status: $0.status) }
        }
    }

    /// The component statuses of an update that resolves the incident: every component ever named, as operational.
    var touchedAsOperational: [ComponentStatusChange] {
        current.map { ComponentStatusChange(componentID: $0.componentID, status: .operational) }
    }

    private static func spans(
        of id: ID<Component>, _ changes: [(at: Timestamp, status: ComponentStatus)]
    ) -> [ComponentImpact] {
        var levels: [(at: Timestamp, status: ComponentStatus)] = []
        for change in changes {
            // If a component changes several times at one moment, the last change counts. A change to the same status
            // starts no span.
            if levels.last?.at == change.at { levels.removeLast() }
            if levels.last?.status != change.status { levels.append(change) }
        }
        return levels.indices.compactMap { index in
            let (start, status) = levels[index]
            guard status != .operational else { return nil }
            let end = index + 1 < levels.count ? levels[index + 1].at : nil
            return ComponentImpact(componentID: id, status: status, startAt: start, endAt: end)
        }
    }
}
