/// Something that is or was wrong, as a status page tells it.
public struct Incident: Equatable, Sendable {
    public enum Status: String, CaseIterable, Sendable {
        case investigating, identified, monitoring, resolved
    }

    /// An incident takes no more updates than this, and one more that resolves it.
    public static let mostUpdates = IncidentPublication.mostUpdates

    public let id: ID<Incident>
    public let pageID: ID<StatusPage>
    public var name: String
    public let publishedAt: Timestamp
    public var status: Status
    /// Oldest first; never empty.
    public var updates: [IncidentUpdate]

    public init(
        id: ID<Incident>, pageID: ID<StatusPage>, name: String, publishedAt: Timestamp, status: Status,
        updates: [IncidentUpdate]
    ) {
        self.id = id
        self.pageID = pageID
        self.name = name
        self.publishedAt = publishedAt
        self.status = status
        self.updates = updates
    }

    public var timeline: ImpactTimeline { ImpactTimeline(updates) }
}
