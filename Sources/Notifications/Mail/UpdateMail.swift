import Markup
public import StatusPages

/// The email about updates of one event. Copies for different recipients differ in few lines, so most of a copy is
/// encoded only once.
public struct UpdateMail: Sendable {
    private let id: ID<UpdateNotification>
    private let pageURL: String
    private let content: MailContent

    init(id: ID<UpdateNotification>, pageURL: String, content: MailContent) {
        self.id = id
        self.pageURL = pageURL
        self.content = content
    }

    /// - Parameters:
    ///   - thread: the first notification of the event that was sent to this subscriber; nil if it is this one.
    ///   - key: `ReadTransaction.subscriptionKey()`.
    /// - Returns: nil if the subscriber has no email address.
    public func copy(to subscriber: Subscriber, thread: ID<UpdateNotification>?, key: [UInt8]) -> Mail? {
        guard let recipient = EmailAddress(subscriber.address) else { return nil }
        let links = SubscriptionLinks(subscriber, pageURL: pageURL, key: key)
        let (manage, unsubscribe) = (links.manage, links.unsubscribe)
        let footer: HTML = """
            \(MailHTML.link("Manage your subscription", url: manage)) · \
            \(MailHTML.link("Unsubscribe", url: unsubscribe))
            """
        return content.copy(
            to: recipient, id: "\(id).\(subscriber.id)", following: thread.map { "\($0).\(subscriber.id)" },
            fields: [HeaderField("List-Unsubscribe", exactly: "<\(unsubscribe)>")],
            text: "Manage your subscription: \(manage)\nUnsubscribe: \(unsubscribe)",
            html: "\(MailHTML.note(footer))")
    }
}
