/// A person or program that makes changes, as the audit log names it.
public struct AuditActor: Equatable, Sendable {
    public enum Kind: String, CaseIterable, Sendable {
        case apiKey = "api_key"
        /// Somebody who uses the dashboard.
        case user
        case commandLine = "command_line"
        case configuration, clock
    }

    public let kind: Kind
    /// Only keys and users have an id.
    public let id: ULID?
    /// The name at the time of the change.
    public let name: String
    /// The id of the request, as `X-Request-ID` and the log have it.
    public let requestID: String?
    /// The client's address.
    public let address: String?

    public init(kind: Kind, id: ULID? = nil, name: String, requestID: String? = nil, address: String? = nil) {
        self.kind = kind
        self.id = id
        self.name = name
        self.requestID = requestID
        self.address = address
    }

    /// - Parameter address: empty if it is unknown.
    public static func key(_ key: APIKey, requestID: String, address: String) -> AuditActor {
        AuditActor(
            kind: .apiKey, id: key.id.ulid, name: key.name, requestID: requestID,
            address: address.isEmpty ? nil : address)
    }

    public static let configuration = AuditActor(kind: .configuration, name: "configuration")
    /// The server itself, when a maintenance starts or ends, or when messages to a subscriber do not arrive.
    public static let clock = AuditActor(kind: .clock, name: "clock")
}

/// A thing that a change is about.
public struct AuditSubject: Equatable, Sendable {
    public enum Kind: String, CaseIterable, Sendable {
        case page, component, group
        case subPage = "sub_page"
        case incident, maintenance
        case apiKey = "api_key"
        case user, session
        /// A link that gives access without a password.
        case accountLink = "account_link"
        case subscriber, delivery, notification, template
        /// The sending of updates to all subscribers.
        case sending
    }

    public let kind: Kind
    public let id: String
    /// The name after the change. For a subscriber, the name of the channel, because the log contains no addresses of
    /// subscribers.
    public let name: String

    public init(_ kind: Kind, id: String, name: String) {
        self.kind = kind
        self.id = id
        self.name = name
    }

    public init<Entity>(_ kind: Kind, _ id: ID<Entity>, _ name: String) {
        self.init(kind, id: id.description, name: name)
    }

    public init(_ subscriber: Subscriber) { self.init(.subscriber, subscriber.id, subscriber.channel.rawValue) }

    public static let sending = AuditSubject(.sending, id: "sending", name: "updates to subscribers")
}

/// A change in the audit log.
public struct AuditEvent: Equatable, Sendable {
    public enum Action: String, CaseIterable, Sendable {
        case created, changed, deleted
        case archived, restored
        /// An existing component was added to a page, or left a page without being archived.
        case placed, removed
        /// A tool such as Terraform marked what it manages.
        case claimed
        /// A claim was removed.
        case handedBack = "handed_back"
        /// An update was published.
        case published
        /// The text of an update was replaced.
        case edited
        /// A past incident was recorded.
        case recorded
        /// A key or webhook got a new secret.
        case rotated
        case revoked
        case imported
        /// A subscriber was asked again to confirm.
        case asked
        case reactivated
        /// Somebody reported a bounce.
        case bounced
        /// Somebody requested a test message.
        case tested
        case retried, paused, resumed
        /// A user logged in or out.
        case loggedIn = "logged_in"
        case loggedOut = "logged_out"
        /// A user proved again who they are.
        case confirmed
        case disabled, enabled
        /// A notification was stopped before it was sent.
        case stopped
    }

    /// Larger ids are newer.
    public let id: Int64
    public let at: Timestamp
    public let actor: AuditActor
    public let action: Action
    public let subject: AuditSubject
    public let pageID: ID<StatusPage>?
    public let changes: AuditChanges

    public init(
        id: Int64, at: Timestamp, actor: AuditActor, action: Action, subject: AuditSubject, pageID: ID<StatusPage>?,
        changes: AuditChanges
    ) {
        self.id = id
        self.at = at
        self.actor = actor
        self.action = action
        self.subject = subject
        self.pageID = pageID
        self.changes = changes
    }
}

/// The events of the audit log to list. Nil admits all.
public struct AuditFilter: Sendable {
    public var page: ID<StatusPage>?
    /// A key's or user's id. Any other text matches nothing.
    public var actorID: String?
    public var actorKind: AuditActor.Kind?
    public var action: AuditEvent.Action?
    /// Only events at this time or later.
    public var since: Timestamp?
    /// Only events before this time.
    public var until: Timestamp?
    /// Whether to list the events of internal pages, which do not exist for clients of the API.
    public var showsInternalPages = false

    public init() {}
}
