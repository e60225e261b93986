import Locking
public import StatusPages

/// The use cases of everybody who publishes: routes, commands and the server's clock. Each is one function that runs in
/// a write transaction. It finds the page or event of the command and lets the domain decide. It then stores the
/// result, and records the notification.
public final class Publishing: Sendable {
    private let currentSite: @Sendable () -> Site
    /// The server's clock.
    public let now: @Sendable () -> Timestamp
    let newID: @Sendable () -> ULID
    /// The first segments of the server's own paths. No slug, and no key of a sub-page, is one of them.
    public let reservedWords: Set<String>
    private let currentRules: Locked<(rules: SubscriptionRules, endpoints: SubscriberDraft.EndpointCheck)>

    /// - Parameters:
    ///   - rules: the rules for subscribers.
    ///   - reservedWords: the first segments of the server's own paths.
    ///   - endpoints: checks the URLs of webhooks and chats.
    public init(
        site: @escaping @Sendable () -> Site, rules: SubscriptionRules = SubscriptionRules(),
        reservedWords: Set<String> = [], endpoints: @escaping SubscriberDraft.EndpointCheck = { _ in nil },
        now: @escaping @Sendable () -> Timestamp, newID: @escaping @Sendable () -> ULID
    ) {
        currentSite = site
        self.reservedWords = reservedWords
        currentRules = Locked((rules, endpoints))
        self.now = now
        self.newID = newID
    }

    /// The current pages.
    public var site: Site { currentSite() }

    /// The rules for subscribers that are in effect.
    public var rules: SubscriptionRules { currentRules.withLock { $0.rules } }

    var endpointCheck: SubscriberDraft.EndpointCheck { currentRules.withLock { $0.endpoints } }

    /// Replaces the rules for subscribers, and the check of the URLs of endpoints.
    public func use(_ rules: SubscriptionRules, endpoints: @escaping SubscriberDraft.EndpointCheck) {
        currentRules.withLock { $0 = (rules, endpoints) }
    }
}

/// Nothing that clients may see has this ID.
public struct NotFound: Error, Equatable {
    /// For example `status page incident`.
    public let what: String

    public init(_ what: String) { self.what = what }
}
