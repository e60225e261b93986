/// A published update that subscribers are notified of. There is one notification for all of them, stored with the
/// update.
public struct UpdateNotification: Equatable, Sendable {
    public let id: ID<UpdateNotification>
    public let createdAt: Timestamp
    public let announcement: Announcement
    /// When the last of its deliveries was made; nil while some are still missing.
    public var fannedOutAt: Timestamp?
    /// Nothing is sent before this time, so that the notification can be stopped. Nil: it is sent at once.
    public let heldUntil: Timestamp?

    public init(
        id: ID<UpdateNotification>, createdAt: Timestamp, announcement: Announcement, fannedOutAt: Timestamp? = nil,
        heldUntil: Timestamp? = nil
    ) {
        self.id = id
        self.createdAt = createdAt
        self.announcement = announcement
        self.fannedOutAt = fannedOutAt
        self.heldUntil = heldUntil
    }

    /// Whether it waits so that somebody can stop it.
    public func isHeld(at now: Timestamp) -> Bool {
        guard fannedOutAt == nil, let heldUntil else { return false }
        return now < heldUntil
    }

    /// Whether somebody stopped it, or deleted its event, before anything was sent.
    public var wasStopped: Bool {
        guard let fannedOutAt, let heldUntil else { return false }
        return fannedOutAt < heldUntil
    }
}

/// One message to one subscriber.
public struct Delivery: Equatable, Sendable {
    public enum Kind: String, CaseIterable, Sendable {
        case update, confirmation, manage, test
    }

    public enum State: String, CaseIterable, Sendable {
        case pending
        /// The relay or endpoint accepted the message.
        case sent
        /// The server no longer tries to send the message.
        case failed
        /// A later message contained this one.
        case superseded
        /// The subscriber unsubscribed or was erased, or the event was deleted.
        case cancelled
    }

    /// The last answer of the relay or endpoint.
    public struct Response: Equatable, Sendable {
        /// The SMTP reply code or HTTP status, if there was one.
        public var code: Int?
        public var text: String

        /// The longest text, in characters.
        public static let most = 200

        /// - Parameter text: email addresses in it become `***`, because the text is stored and logged where nobody
        ///   looks for personal data. Then it is cut to `most` characters.
        public init(code: Int?, text: String) {
            self.code = code
            self.text = String(Self.withoutAddresses(text).prefix(Self.most))
        }

        private static func withoutAddresses(_ text: String) -> String {
            // An address may be part of a link, such as `?id=jo%40example.com`.
            func isAddress(_ word: Substring) -> Bool { word.contains("@") || word.contains("%40") }
            guard isAddress(text[...]) else { return text }
            var result = ""
            var rest = text[...]
            while let first = rest.first {
                let word = rest.prefix { !separators.contains($0) }
                result += isAddress(word) ? "***" : word
                rest = rest[word.endIndex...]
                if word.isEmpty {
                    result.append(first)
                    rest = rest.dropFirst()
                }
            }
            return result
        }

        /// The characters around an address. No address of a subscriber contains one (see `EmailAddress`).
        private static let separators: Set<Character> = [
            " ", "\t", "\r", "\n", "\r\n", "<", ">", "(", ")", "[", "]", ",", ";", ":", "\"",
        ]

        /// The code and the text.
        public var described: String { code.map { "\($0) \(text)" } ?? text }
    }

    /// The contents of a message that belongs to no notification. They are stored so that every attempt sends the same
    /// bytes.
    public struct Details: Equatable, Sendable {
        public var pageName: String
        public var pageURL: String
        /// When the link expires. Only for confirmations.
        public var linkExpiresAt: Timestamp?

        public init(pageName: String, pageURL: String, linkExpiresAt: Timestamp? = nil) {
            self.pageName = pageName
            self.pageURL = pageURL
            self.linkExpiresAt = linkExpiresAt
        }
    }

    public let id: ID<Delivery>
    public let pageID: ID<StatusPage>
    public let subscriberID: ID<Subscriber>
    public let channel: Subscriber.Channel
    public let kind: Kind
    /// Only for updates.
    public let notificationID: ID<UpdateNotification>?
    /// Only for updates.
    public let eventID: ULID?
    /// Only for messages that belong to no notification.
    public let details: Details?
    public var state: State
    /// The number of attempts since the start of the retry period.
    public var attempts: Int
    public let createdAt: Timestamp
    /// The start of the retry period: when the delivery was made, or last retried by hand. A delivery that is pending
    /// after the period has failed.
    public var startedAt: Timestamp
    public var lastAttemptAt: Timestamp?
    /// Only while it is pending.
    public var nextAttemptAt: Timestamp?
    public var sentAt: Timestamp?
    public var lastResponse: Response?

    public init(
        id: ID<Delivery>, pageID: ID<StatusPage>, subscriberID: ID<Subscriber>, channel: Subscriber.Channel,
        kind: Kind, notificationID: ID<UpdateNotification>? = nil, eventID: ULID? = nil, details: Details? = nil,
        state: State = .pending, attempts: Int = 0, createdAt: Timestamp, startedAt: Timestamp? = nil,
        lastAttemptAt: Timestamp? = nil, nextAttemptAt: Timestamp? = nil, sentAt: Timestamp? = nil,
        lastResponse: Response? = nil
    ) {
        self.id = id
        self.pageID = pageID
        self.subscriberID = subscriberID
        self.channel = channel
        self.kind = kind
        self.notificationID = notificationID
        self.eventID = eventID
        self.details = details
        self.state = state
        self.attempts = attempts
        self.createdAt = createdAt
        self.startedAt = startedAt ?? createdAt
        self.lastAttemptAt = lastAttemptAt
        self.nextAttemptAt = nextAttemptAt ?? (state == .pending ? createdAt : nil)
        self.sentAt = sentAt
        self.lastResponse = lastResponse
    }
}
