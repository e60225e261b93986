/// A person or a program that gets the updates of one page.
public struct Subscriber: Equatable, Sendable {
    public enum Channel: String, CaseIterable, Sendable {
        case email, webhook, slack, teams, discord
    }

    public enum State: String, CaseIterable, Sendable {
        /// The owner of the address has not confirmed yet.
        case pending
        /// The only state in which a subscriber gets updates.
        case active
        /// Deliveries to the address fail.
        case quarantined
        case unsubscribed
    }

    /// The body of webhooks.
    public enum Format: String, CaseIterable, Sendable {
        case incidentIO = "incident_io"
        case statuspage
    }

    /// How the subscriber was added.
    public enum Source: String, CaseIterable, Sendable {
        case form, api
        case imported = "import"
    }

    /// The secrets with which webhooks are signed (Standard Webhooks).
    public struct Secrets: Equatable, Sendable {
        /// `whsec_` and 32 random bytes in base 64.
        public var current: String
        /// The secret before the last rotation, with the time until which it still signs.
        public var previous: String?
        public var previousUntil: Timestamp?

        public init(current: String, previous: String? = nil, previousUntil: Timestamp? = nil) {
            self.current = current
            self.previous = previous
            self.previousUntil = previousUntil
        }

        /// The secrets that sign at a moment, the current one first.
        public func valid(at now: Timestamp) -> [String] {
            guard let previous, let previousUntil, now < previousUntil else { return [current] }
            return [current, previous]
        }
    }

    public let id: ID<Subscriber>
    public let pageID: ID<StatusPage>
    public let channel: Channel
    public var state: State
    /// The email address or URL. Empty once it was erased after an unsubscription.
    public var address: String
    /// Only webhooks have a format.
    public var format: Format?
    public var name: String?
    public var scope: SubscriptionScope
    /// The scope that the last sign-up asked for. It takes effect with a confirmation. Nil if there is none to confirm.
    public var requestedScope: SubscriptionScope?
    public let source: Source
    public let createdAt: Timestamp
    /// When the subscriber last became active. Earlier updates are not sent.
    public var activeSince: Timestamp?
    public var confirmedAt: Timestamp?
    public var quarantinedAt: Timestamp?
    public var unsubscribedAt: Timestamp?
    /// Why the subscriber is quarantined or unsubscribed.
    public var reason: String?
    /// When the newest confirmation link expires. Nil if none was made since the subscriber was added or unsubscribed.
    public var linkExpiresAt: Timestamp?
    /// How many deliveries in a row were refused or given up, or had a soft bounce.
    public var failures: Int
    /// The `startedAt` of the first of these deliveries. Those with a soft bounce do not count.
    public var failingSince: Timestamp?
    /// When the last soft bounce was reported. Only for subscribers by email.
    public var bouncedAt: Timestamp?
    /// Only webhooks have secrets.
    public var secrets: Secrets?

    public init(
        id: ID<Subscriber>, pageID: ID<StatusPage>, channel: Channel, state: State, address: String,
        format: Format? = nil, name: String? = nil, scope: SubscriptionScope = .wholePage,
        requestedScope: SubscriptionScope? = nil, source: Source, createdAt: Timestamp, activeSince: Timestamp? = nil,
        confirmedAt: Timestamp? = nil, quarantinedAt: Timestamp? = nil, unsubscribedAt: Timestamp? = nil,
        reason: String? = nil, linkExpiresAt: Timestamp? = nil, failures: Int = 0, failingSince: Timestamp? = nil,
        bouncedAt: Timestamp? = nil, secrets: Secrets? = nil
    ) {
        self.id = id
        self.pageID = pageID
        self.channel = channel
        self.state = state
        self.address = address
        self.format = format
        self.name = name
        self.scope = scope
        self.requestedScope = requestedScope
        self.source = source
        self.createdAt = createdAt
        self.activeSince = activeSince
        self.confirmedAt = confirmedAt
        self.quarantinedAt = quarantinedAt
        self.unsubscribedAt = unsubscribedAt
        self.reason = reason
        self.linkExpiresAt = linkExpiresAt
        self.failures = failures
        self.failingSince = failingSince
        self.bouncedAt = bouncedAt
        self.secrets = secrets
    }

    /// The text that identifies the subscriber on a page: an email address in lower case, a URL unchanged.
    public var addressKey: String { channel == .email ? address.lowercased() : address }

    // MARK: Changes of state

    /// Begins to send updates.
    public mutating func activate(at now: Timestamp) {
        guard state != .active else { return }
        (state, activeSince) = (.active, now)
        (quarantinedAt, unsubscribedAt, reason) = (nil, nil, nil)
        (failures, failingSince, bouncedAt) = (0, nil, nil)
    }

    /// Whether the owner of the address ever agreed. Webhooks and chats need no consent.
    public var hasConsent: Bool { channel != .email || confirmedAt != nil }

    /// Waits for a confirmation again, after emails to the address failed.
    public mutating func awaitConfirmation() {
        (state, quarantinedAt, reason) = (.pending, nil, nil)
        (failures, failingSince, bouncedAt) = (0, nil, nil)
    }

    /// Confirms the address. The scope that was last asked for takes effect. A repetition changes nothing.
    public mutating func confirm(at now: Timestamp) {
        if let requestedScope { scope = requestedScope }
        requestedScope = nil
        if state != .active || confirmedAt == nil { confirmedAt = now }
        activate(at: now)
    }

    /// Stops sending updates because the subscriber asked for that. A repetition changes nothing.
    public mutating func unsubscribe(at now: Timestamp, reason: String? = nil) {
        guard state != .unsubscribed else { return }
        (state, unsubscribedAt, quarantinedAt) = (.unsubscribed, now, nil)
        (self.reason, requestedScope, linkExpiresAt) = (reason, nil, nil)
    }

    /// Stops sending updates because they do not arrive.
    public mutating func quarantine(at now: Timestamp, reason: String) {
        guard state == .active || state == .pending else { return }
        (state, quarantinedAt, self.reason) = (.quarantined, now, reason)
    }
}
