/// An unfinished form for an incident, a maintenance or an update. Each user has at most one for each event, and one
/// for each kind of new event on a page.
public struct EventForm: Equatable, Sendable {
    /// How many a user may have. The oldest is deleted first.
    public static let mostPerUser = 50
    /// How long one is kept after the last change, in milliseconds: 30 days.
    public static let lifetime: Int64 = 30 * 86_400_000

    /// Identifies the form among those of its user.
    public struct Place: Hashable, Sendable {
        public let page: ID<StatusPage>
        public let kind: Announcement.EventKind
        /// The event that the form updates; nil for a new one.
        public let event: ULID?

        public init(page: ID<StatusPage>, kind: Announcement.EventKind, event: ULID? = nil) {
            self.page = page
            self.kind = kind
            self.event = event
        }
    }

    public let place: Place
    /// The typed values, by the names of fields.
    public let fields: [String: [String]]
    /// The last update that the form showed.
    public let after: ULID?
    public let updatedAt: Timestamp

    public init(place: Place, fields: [String: [String]], after: ULID? = nil, updatedAt: Timestamp) {
        self.place = place
        self.fields = fields
        self.after = after
        self.updatedAt = updatedAt
    }
}

/// The edited structure of a page that a user has not saved yet.
public struct UnsavedStructure: Equatable, Sendable {
    public let tree: StructureTree
    /// The revision of the page that the tree was made from.
    public let baseRevision: Int
    public let updatedAt: Timestamp

    public init(tree: StructureTree, baseRevision: Int, updatedAt: Timestamp) {
        self.tree = tree
        self.baseRevision = baseRevision
        self.updatedAt = updatedAt
    }
}
