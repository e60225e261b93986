public import StatusPages

/// Composes mails. The same inputs give the same bytes, so a mail that is sent twice can be recognized.
public struct MailComposer: Sendable {
    private let settings: MailSettings

    public init(_ settings: MailSettings) { self.settings = settings }

    /// A mail about one or several updates of one event.
    /// - Parameters:
    ///   - told: newest first. The first gives the mail its id, date and subject.
    ///   - page: the settings of the page that the subscriber belongs to.
    ///   - thread: the first notification of the event that was sent to this subscriber; nil if it is this one.
    ///   - key: `ReadTransaction.subscriptionKey()`.
    /// - Returns: nil without updates, or if the subscriber has no mail address.
    public func update(
        _ told: [UpdateNotification], to subscriber: Subscriber, on page: SubscribeSettings,
        thread: ID<UpdateNotification>?, key: [UInt8]
    ) -> Mail? {
        guard let newest = told.first, let recipient = EmailAddress(subscriber.address) else { return nil }
        let announcement = newest.announcement
        let links = SubscriptionLinks(subscriber, pageURL: announcement.pageURL, key: key)
        let text = UpdateText(told.map(\.announcement), links: links)
        let isMaintenance = announcement.eventKind == .maintenance
        var message = message(
            "\(isMaintenance ? "Maintenance: " : "")\(announcement.eventName)", of: announcement.pageName, on: page,
            to: recipient, at: announcement.publishedAt, id: "\(newest.id).\(subscriber.id)", (text.plain, text.html))
        message.threadID = thread.map { "\($0).\(subscriber.id)" }
        let sender = message.sender.address
        message.fields = [
            HeaderField("List-Id", announcement.pageName, angled: "\(announcement.pageSlug).\(sender.domain)"),
            HeaderField("List-Unsubscribe", exactly: "<\(links.unsubscribe)>"),
            HeaderField("List-Unsubscribe-Post", exactly: "List-Unsubscribe=One-Click"),
        ]
        return message.mail
    }

    /// A confirmation mail, a mail with the link to a subscription's settings, or a test, as the delivery's kind says.
    /// - Returns: nil for an update, or if the subscriber has no mail address.
    public func mail(
        for delivery: Delivery, to subscriber: Subscriber, on page: SubscribeSettings, key: [UInt8]
    ) -> Mail? {
        guard let details = delivery.details, let recipient = EmailAddress(subscriber.address),
            let letter = Letter(
                delivery.kind, details, SubscriptionLinks(subscriber, pageURL: details.pageURL, key: key))
        else { return nil }
        return message(
            letter.subject, of: details.pageName, on: page, to: recipient, at: delivery.createdAt,
            id: "\(delivery.id).\(subscriber.id)", (letter.plain, letter.html)
        ).mail
    }

    /// A mail that shows whether the relay takes mails. It concerns no page.
    /// - Parameter id: an id that no other mail has.
    public func relayTest(to recipient: EmailAddress, id: ULID, at now: Timestamp) -> Mail {
        let letter = Letter.relayTest
        return message(
            letter.subject, of: nil, on: SubscribeSettings(), to: recipient, at: now, id: "\(id)",
            (letter.plain, letter.html)
        ).mail
    }

    private func message(
        _ subject: String, of pageName: String?, on page: SubscribeSettings, to recipient: EmailAddress,
        at date: Timestamp, id: String, _ content: (text: String, html: MailHTML)
    ) -> MailMessage {
        let sender = page.from ?? settings.from
        return MailMessage(
            sender: sender, replyTo: page.replyTo ?? settings.replyTo,
            returnPath: settings.returnPath ?? sender.address, recipient: recipient, date: date, id: id,
            subject: pageName.map { "[\($0)] \(subject)" } ?? subject, text: content.text, html: content.html.document)
    }
}
