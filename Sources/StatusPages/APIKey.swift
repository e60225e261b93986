/// A key to the Status Page API.
public struct APIKey: Equatable, Sendable {
    /// What a key may do.
    public enum Role: String, CaseIterable, Sendable {
        /// Read everything. Every key holds it.
        case statusPageViewer = "status_page_viewer"
        /// Publish and change incidents and maintenances.
        case statusPagePublisher = "status_page_publisher"
        /// Change components.
        case manageSettings = "manage_settings"
        /// Make, change and revoke keys.
        case apiKeysManage = "api_keys_manage"
    }

    public let id: ID<APIKey>
    public var name: String
    public let createdAt: Timestamp
    private let held: Set<Role>

    /// - Parameter roles: what the key was given; reading comes with every key.
    public init(id: ID<APIKey>, name: String, createdAt: Timestamp, roles: some Sequence<Role>) {
        self.id = id
        self.name = name
        self.createdAt = createdAt
        held = Set(roles).union([.statusPageViewer])
    }

    /// In the order in which they are declared.
    public var roles: [Role] { Role.allCases.filter(holds) }

    public func holds(_ role: Role) -> Bool { held.contains(role) }
}
