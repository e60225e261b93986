/// A past or present problem, as a status page describes it.
public struct Incident: Equatable, Sendable {
    public enum Status: String, CaseIterable, Sendable {
        case investigating, identified, monitoring, resolved
    }

    /// The maximum number of updates of an incident. One more is accepted if it resolves the incident.
    public static let mostUpdates = IncidentPublication.mostUpdates

    public let id: ID<Incident>
    public let pageID: ID<StatusPage>
    public var name: String
    public let publishedAt: Timestamp
    /// When the incident was last renamed; nil if it never was.
    public internal(set) var revisedAt: Timestamp?
    public var status: Status
    /// Oldest first; never empty.
    public var updates: [IncidentUpdate]

    public init(
        id: ID<Incident>, pageID: ID<StatusPage>, name: String, publishedAt: Timestamp, revisedAt: Timestamp? = nil,
        status: Status, updates: [IncidentUpdate]
    ) {
        self.id = id
        self.pageID = pageID
        self.name = name
        self.publishedAt = publishedAt
        self.revisedAt = revisedAt
        self.status = status
        self.updates = updates
    }

    public var timeline: ImpactTimeline { ImpactTimeline(updates) }

    /// The time of the newest update, edit of a text, or rename.
    public var changedAt: Timestamp { max(updates.changedAt() ?? publishedAt, revisedAt ?? publishedAt) }
}
