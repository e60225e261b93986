public import StatusPages

/// A browser in which a user is logged in.
public struct Session: Equatable, Sendable {
    /// How the user proved who they are.
    public enum Method: String, CaseIterable, Sendable {
        case password
        /// A password, and a code of the second factor or a recovery code.
        case totp
        /// A proxy named the user.
        case header
    }

    /// The hash of the session's token.
    public let hash: [UInt8]
    public let userID: ID<User>
    public let createdAt: Timestamp
    public var lastSeenAt: Timestamp
    /// When the user last proved who they are.
    public let confirmedAt: Timestamp
    public let method: Method
    /// As the browser sent it, at most `mostUserAgent` bytes.
    public let userAgent: String
    /// The client's address at the log-in.
    public let address: String

    public static let mostUserAgent = 400

    public init(
        hash: [UInt8], userID: ID<User>, createdAt: Timestamp, lastSeenAt: Timestamp, confirmedAt: Timestamp,
        method: Method, userAgent: String, address: String
    ) {
        self.hash = hash
        self.userID = userID
        self.createdAt = createdAt
        self.lastSeenAt = lastSeenAt
        self.confirmedAt = confirmedAt
        self.method = method
        self.userAgent = userAgent
        self.address = address
    }

    /// A session that begins now.
    public init(token: SecretToken, user: User, method: Method, userAgent: String, address: String, at now: Timestamp) {
        self.init(
            hash: token.hash, userID: user.id, createdAt: now, lastSeenAt: now, confirmedAt: now, method: method,
            userAgent: Self.cut(userAgent), address: address)
    }

    /// The same session with a new token, after the user proved again who they are.
    public func confirmed(token: SecretToken, at now: Timestamp) -> Session {
        Session(
            hash: token.hash, userID: userID, createdAt: createdAt, lastSeenAt: now, confirmedAt: now, method: method,
            userAgent: userAgent, address: address)
    }

    /// A name by which a user can refer to the session.
    public var name: String { shortName(of: hash) }

    private static func cut(_ userAgent: String) -> String {
        guard userAgent.utf8.count > mostUserAgent else { return userAgent }
        return String(decoding: userAgent.utf8.prefix(mostUserAgent), as: UTF8.self)
    }
}

/// How long sessions last, in milliseconds.
public struct SessionRules: Equatable, Sendable {
    public static let mostPerUser = 20
    /// How long a proof counts as fresh.
    public static let confirmation: Int64 = 15 * 60_000

    /// How long a session lasts without use.
    public var idle: Int64
    /// How long a session lasts in any case.
    public var absolute: Int64

    public init(idle: Int64 = 14 * 86_400_000, absolute: Int64 = 30 * 86_400_000) {
        self.idle = idle
        self.absolute = absolute
    }

    public func isValid(_ session: Session, at now: Timestamp) -> Bool {
        now < session.createdAt.advanced(byMilliseconds: absolute)
            && now < session.lastSeenAt.advanced(byMilliseconds: idle)
    }

    /// Whether the user must prove again who they are before an action that needs a fresh proof. A proxy that names the
    /// user does so on every request, so its proof is always fresh.
    public func needsConfirmation(_ session: Session, at now: Timestamp) -> Bool {
        session.method != .header && now >= session.confirmedAt.advanced(byMilliseconds: Self.confirmation)
    }
}

extension AuditSubject {
    /// - Parameter user: the user of the session.
    public init(_ session: Session, of user: User) { self.init(.session, id: session.name, name: user.name) }
}
