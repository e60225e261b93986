public import StatusPages

/// The configured rules for subscribers.
public struct SubscriptionRules: Equatable, Sendable {
    /// The sender of emails, unless a page has its own. Nil: the server can send no email.
    public var sender: Mailbox?
    /// The maximum number of active subscribers of a page that a request may notify. 0: no limit.
    public var maxForAPINotification = 1_000
    /// How long the link in a confirmation email works, in seconds.
    public var confirmationSeconds = 86_400
    /// How often one client may use the form in ten minutes.
    public var signUpsPerClient = 5
    /// The maximum number of emails that strangers can cause to one address in 24 hours.
    public var mailsPerAddress = 3
    /// How often all clients may use the form in a minute.
    public var signUpsPerMinute = 60
    public var keepDeliveriesDays = 30
    public var keepUnsubscribedDays = 30
    /// How long a notification from the dashboard is held, in seconds. During this time, users can stop it.
    public var holdSeconds = 30

    public init() {}

    /// Whether the server can send email. If it cannot, subscribers by email get no updates.
    public var hasMail: Bool { sender != nil }

    /// The channels over which subscribers can be notified now.
    public var channels: [Subscriber.Channel] { Subscriber.Channel.allCases.filter { $0 != .email || hasMail } }
}
