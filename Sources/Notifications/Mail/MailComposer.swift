import Markup
public import StatusPages

/// Composes emails. The same inputs give the same bytes, so an email that is sent twice can be recognized.
public struct MailComposer: Sendable {
    private let settings: MailSettings

    public init(_ settings: MailSettings) { self.settings = settings }

    /// The email about one or several updates of one event, for any number of recipients.
    /// - Parameters:
    ///   - notifications: newest first. The first gives the email its id, date and subject.
    ///   - page: the settings of the page that the subscribers belong to.
    /// - Returns: nil without updates.
    public func update(_ notifications: [UpdateNotification], on page: SubscribeSettings) -> UpdateMail? {
        guard let newest = notifications.first else { return nil }
        let announcement = newest.announcement
        let text = UpdateText(notifications.map(\.announcement))
        let list = "\(announcement.pageSlug).\((page.from ?? settings.from).address.domain)"
        let content = content(
            announcement.topic, of: announcement.pageName, on: page, at: announcement.publishedAt,
            fields: [
                HeaderField("List-Id", announcement.pageName, angled: list),
                HeaderField("List-Unsubscribe-Post", exactly: "List-Unsubscribe=One-Click"),
            ], text: text.plain, html: text.html)
        return UpdateMail(id: newest.id, pageURL: announcement.pageURL, content: content)
    }

    /// A confirmation email, an email with the link to a subscription's settings, or a test, as the delivery's kind says.
    /// - Returns: nil for an update, or if the subscriber has no email address.
    public func mail(
        for delivery: Delivery, to subscriber: Subscriber, on page: SubscribeSettings, key: [UInt8]
    ) -> Mail? {
        guard let details = delivery.details, let recipient = EmailAddress(subscriber.address),
            let letter = Letter(
                delivery.kind, details, SubscriptionLinks(subscriber, pageURL: details.pageURL, key: key))
        else { return nil }
        return mail(
            letter, of: details.pageName, on: page, to: recipient, at: delivery.createdAt,
            id: "\(delivery.id).\(subscriber.id)")
    }

    /// An email that shows whether the relay takes emails. It concerns no page.
    /// - Parameter id: an id that no other email has.
    public func relayTest(to recipient: EmailAddress, id: ULID, at now: Timestamp) -> Mail {
        mail(.relayTest, of: nil, on: SubscribeSettings(), to: recipient, at: now, id: "\(id)")
    }

    /// An email to a user of the dashboard, or to a guest. It concerns no page.
    /// - Parameter id: an id that no other email has.
    public func account(_ letter: AccountLetter, to recipient: EmailAddress, id: ULID, at now: Timestamp) -> Mail {
        mail(Letter(letter), of: nil, on: SubscribeSettings(), to: recipient, at: now, id: "\(id)")
    }

    private func mail(
        _ letter: Letter, of pageName: String?, on page: SubscribeSettings, to recipient: EmailAddress,
        at date: Timestamp, id: String
    ) -> Mail {
        content(
            letter.subject, of: pageName, on: page, at: date, text: "", html: MailHTML.beginning(title: letter.title)
        ).copy(to: recipient, id: id, text: letter.plain, html: letter.html)
    }

    private func content(
        _ subject: String, of pageName: String?, on page: SubscribeSettings, at date: Timestamp,
        fields: [HeaderField] = [], text: String, html: HTML
    ) -> MailContent {
        let sender = page.from ?? settings.from
        return MailContent(
            from: sender, replyTo: page.replyTo ?? settings.replyTo,
            returnPath: settings.returnPath ?? sender.address, date: date,
            subject: pageName.map { Self.subject(subject, of: $0) } ?? subject, fields: fields, text: text,
            html: (html, MailHTML.end))
    }

    static func subject(_ topic: String, of pageName: String) -> String { "[\(pageName)] \(topic)" }
}

extension Announcement {
    /// The subject of the email about the update.
    public var mailSubject: String { MailComposer.subject(topic, of: pageName).onOneLine }
    /// The text of the email about the update, without the links of a subscriber.
    public var mailText: String { UpdateText([self]).plain }

    fileprivate var topic: String { "\(eventKind == .maintenance ? "Maintenance: " : "")\(eventName)" }
}
