public import StatusPages

/// Composes mails. The same inputs give the same bytes.
public struct MailComposer: Sendable {
    private let settings: MailSettings

    public init(_ settings: MailSettings) { self.settings = settings }

    /// A mail about one or several updates of one event.
    /// - Parameters:
    ///   - told: newest first. The first gives the mail its id, date and subject.
    ///   - page: the settings of the page that the subscriber belongs to.
    ///   - thread: the first notification of the event that this subscriber was sent. Nil if it is this one.
    ///   - key: `ReadTransaction.subscriptionKey()`.
    /// - Returns: nil without updates, or if the subscriber has no mail address.
    public func update(
        _ told: [UpdateNotification], to subscriber: Subscriber, on page: SubscribeSettings,
        thread: ID<UpdateNotification>?, key: [UInt8]
    ) -> Mail? {
        nil
    }

    /// The mail that asks whether a subscription is wanted, or that leads to its settings, or a test: by the delivery's
    /// kind.
    /// - Returns: nil for an update, or if the subscriber has no mail address.
    public func mail(
        for delivery: Delivery, to subscriber: Subscriber, on page: SubscribeSettings, key: [UInt8]
    ) -> Mail? {
        nil
    }
}
