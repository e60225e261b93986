public import StatusPages

/// Somebody who may use the dashboard.
public struct User: Equatable, Sendable {
    /// The rights of a user. The first case has the most rights, and each has all rights of the next.
    public enum Role: String, CaseIterable, Sendable {
        case owner, editor, publisher, viewer
    }

    public let id: ID<User>
    /// As it was written. Case does not distinguish users.
    public let email: String
    public var name: String
    public var role: Role
    /// In the PHC string format. A user without one cannot log in with a password.
    public var passwordHash: String?
    /// The secret of the second factor, 20 bytes. Nil if the second factor is off.
    public private(set) var totpSecret: [UInt8]?
    /// The step of the last code that was used (RFC 6238 §5.2), so that no code works twice.
    public private(set) var totpLastStep: Int64?
    /// The name of a time zone (IANA).
    public var timeZone: String
    public var theme: SiteSettings.Theme
    public let createdAt: Timestamp
    /// A disabled user cannot log in.
    public var disabledAt: Timestamp?
    public var lastLoginAt: Timestamp?

    public init(
        id: ID<User>, email: String, name: String, role: Role, passwordHash: String? = nil, totpSecret: [UInt8]? = nil,
        totpLastStep: Int64? = nil, timeZone: String = "UTC", theme: SiteSettings.Theme = .auto, createdAt: Timestamp,
        disabledAt: Timestamp? = nil, lastLoginAt: Timestamp? = nil
    ) {
        self.id = id
        self.email = email
        self.name = name
        self.role = role
        self.passwordHash = passwordHash
        self.totpSecret = totpSecret
        self.totpLastStep = totpLastStep
        self.timeZone = timeZone
        self.theme = theme
        self.createdAt = createdAt
        self.disabledAt = disabledAt
        self.lastLoginAt = lastLoginAt
    }

    public var isDisabled: Bool { disabledAt != nil }
    public var hasTwoFactor: Bool { totpSecret != nil }

    /// Whether the user's role includes a role of the API. A disabled user holds none.
    public func holds(_ role: APIKey.Role) -> Bool { !isDisabled && self.role.holds(role) }

    /// Turns the second factor on.
    /// - Parameter step: the step of the code that proved that the user's app has the secret.
    public mutating func turnOnTwoFactor(secret: [UInt8], step: Int64) {
        totpSecret = secret
        totpLastStep = step
    }

    public mutating func turnOffTwoFactor() {
        totpSecret = nil
        totpLastStep = nil
    }

    /// Notes that the code of a step was used.
    /// - Returns: false if the second factor is off, or a code of that step or of a later one was used before.
    public mutating func useCode(of step: Int64) -> Bool {
        guard hasTwoFactor, step > totpLastStep ?? .min else { return false }
        totpLastStep = step
        return true
    }
}

extension User.Role {
    /// The roles of an API key that has the same rights.
    public var apiRoles: [APIKey.Role] {
        switch self {
        case .viewer: [.statusPageViewer]
        case .publisher: User.Role.viewer.apiRoles + [.statusPagePublisher]
        case .editor: User.Role.publisher.apiRoles + [.manageSettings, .subscribersManage]
        case .owner: User.Role.editor.apiRoles + [.apiKeysManage]
        }
    }

    public func holds(_ role: APIKey.Role) -> Bool { apiRoles.contains(role) }

    /// The role's name in API responses, which use incident.io's names.
    public var wireName: String {
        switch self {
        case .owner: "owner"
        case .editor: "administrator"
        case .publisher: "responder"
        case .viewer: "viewer"
        }
    }

    /// The role's name in texts for people.
    public var title: String {
        switch self {
        case .owner: "Owner"
        case .editor: "Editor"
        case .publisher: "Publisher"
        case .viewer: "Viewer"
        }
    }
}

extension AuditActor {
    /// - Parameter address: empty if it is unknown.
    public static func user(_ user: User, requestID: String?, address: String?) -> AuditActor {
        AuditActor(
            kind: .user, id: user.id.ulid, name: user.name, requestID: requestID,
            address: address?.isEmpty == true ? nil : address)
    }
}

extension AuditSubject {
    public init(_ user: User) { self.init(.user, user.id, user.name) }
}
