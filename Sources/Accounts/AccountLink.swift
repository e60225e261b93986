public import StatusPages

/// A link that lets somebody in without a password. It works once.
public struct AccountLink: Equatable, Sendable {
    public enum Kind: String, CaseIterable, Sendable {
        /// Makes the first owner.
        case setup
        /// Makes a user.
        case invitation
        /// Sets a user's password.
        case reset

        /// In milliseconds.
        public var lifetime: Int64 {
            switch self {
            case .setup, .reset: 3_600_000
            case .invitation: 7 * 86_400_000
            }
        }
    }

    /// The purpose of a link, with the values that it was made for.
    public enum Purpose: Equatable, Sendable {
        case setup
        /// - Parameter name: nil if the guest chooses it.
        case invitation(email: String, name: String?, role: User.Role)
        case reset(ID<User>)
    }

    /// The hash of the link's token.
    public let hash: [UInt8]
    public let purpose: Purpose
    /// Nil for the command line.
    public let createdBy: ID<User>?
    public let expiresAt: Timestamp
    public let usedAt: Timestamp?

    public init(
        hash: [UInt8], purpose: Purpose, createdBy: ID<User>?, expiresAt: Timestamp, usedAt: Timestamp? = nil
    ) {
        self.hash = hash
        self.purpose = purpose
        self.createdBy = createdBy
        self.expiresAt = expiresAt
        self.usedAt = usedAt
    }

    /// A link that is valid from now on.
    public init(token: SecretToken, for purpose: Purpose, by creator: ID<User>?, at now: Timestamp) {
        self.init(
            hash: token.hash, purpose: purpose, createdBy: creator,
            expiresAt: now.advanced(byMilliseconds: purpose.kind.lifetime))
    }

    public var kind: Kind { purpose.kind }

    /// The link's name in addresses and in the audit log. It does not reveal the token.
    public var name: String { shortName(of: hash) }

    public func isValid(at now: Timestamp) -> Bool { usedAt == nil && now < expiresAt }

    /// The path of the link's screen, with the token in the fragment, which no server logs.
    public static func path(_ kind: Kind, _ token: SecretToken) -> String {
        "/dashboard/\(kind.rawValue)#\(token.text)"
    }
}

extension AccountLink.Purpose {
    public var kind: AccountLink.Kind {
        switch self {
        case .setup: .setup
        case .invitation: .invitation
        case .reset: .reset
        }
    }
}

extension AuditSubject {
    /// - Parameter name: of the user or guest that the link is for.
    public init(_ link: AccountLink, name: String) {
        self.init(.accountLink, id: link.name, name: name)
    }
}
