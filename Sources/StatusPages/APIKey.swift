/// A key for the Status Page API.
public struct APIKey: Equatable, Sendable {
    /// A permission of a key.
    public enum Role: String, CaseIterable, Sendable {
        /// Read pages and everything that they show. Every key has this role.
        case statusPageViewer = "status_page_viewer"
        /// Publish and change incidents and maintenances.
        case statusPagePublisher = "status_page_publisher"
        /// Change components and structures and, in the dashboard, pages and templates.
        case manageSettings = "manage_settings"
        /// Make, change and revoke keys, read the audit log and, in the dashboard, manage users and the server.
        case apiKeysManage = "api_keys_manage"
        /// Read, change and delete subscribers, and see what was sent to them.
        case subscribersManage = "subscribers_manage"
    }

    /// The key or user that made a key.
    public enum Creator: Equatable, Sendable {
        case key(ID<APIKey>, name: String)
        case user(UserCreator)

        public init(_ key: APIKey) { self = .key(key.id, name: key.name) }
    }

    /// A user of the dashboard who made a key.
    public struct UserCreator: Equatable, Sendable {
        public let id: ULID
        public let name: String
        public let email: String
        /// The name of the role in the API.
        public let role: String

        public init(id: ULID, name: String, email: String, role: String) {
            self.id = id
            self.name = name
            self.email = email
            self.role = role
        }
    }

    public let id: ID<APIKey>
    public var name: String
    public var comments: String?
    public let createdAt: Timestamp
    /// Nil for a key that was made on the command line.
    public let creator: Creator?
    /// When the token that does not expire was issued: when the key was made, or when it was last rotated.
    public var tokenIssuedAt: Timestamp
    /// Nil until the key is first used.
    public var lastUsedAt: Timestamp?
    private var held: Set<Role>

    /// - Parameters:
    ///   - roles: the roles that the key was given. Every key can read as well.
    ///   - tokenIssuedAt: nil if the key still has its first token.
    public init(
        id: ID<APIKey>, name: String, comments: String? = nil, createdAt: Timestamp, creator: Creator? = nil,
        tokenIssuedAt: Timestamp? = nil, lastUsedAt: Timestamp? = nil, roles: some Sequence<Role>
    ) {
        self.id = id
        self.name = name
        self.comments = comments
        self.createdAt = createdAt
        self.creator = creator
        self.tokenIssuedAt = tokenIssuedAt ?? createdAt
        self.lastUsedAt = lastUsedAt
        held = Self.completed(roles)
    }

    /// In the order of the enumeration.
    public var roles: [Role] { Role.allCases.filter(holds) }

    public func holds(_ role: Role) -> Bool { held.contains(role) }

    /// Replaces the key's roles.
    mutating func give(_ roles: [Role]) { held = Self.completed(roles) }

    private static func completed(_ roles: some Sequence<Role>) -> Set<Role> {
        Set(roles).union([.statusPageViewer])
    }
}
