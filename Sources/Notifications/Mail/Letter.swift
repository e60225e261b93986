import Markup
import StatusPages

/// An email that concerns no event. It contains no text that a stranger chose, because a stranger decides who gets it.
struct Letter {
    /// Without the page's name.
    let subject: String
    let title: String
    private let opening: String
    private var link: (label: String, url: String)?
    private let closing: String
    private var links: SubscriptionLinks?

    /// - Returns: nil for updates, and for a confirmation without an expiry.
    init?(_ kind: Delivery.Kind, _ details: Delivery.Details, _ links: SubscriptionLinks) {
        let page = details.pageName.onOneLine
        switch kind {
        case .confirmation:
            guard let expiry = details.linkExpiresAt else { return nil }
            self.init(
                "Confirm your subscription", title: "Confirm your subscription to \(page)",
                "Somebody, probably you, asked for updates from \(page) at this address. If you want them, open this "
                    + "link and press the button there.",
                ("Confirm your subscription", links.confirm(until: expiry)),
                "The link works until \(expiry.inWords). If you did not ask for updates, ignore this email: you will "
                    + "get none.")
        case .manage:
            self.init(
                "Your subscription", title: "You are subscribed to \(page)",
                "Somebody, probably you, asked for updates from \(page) at this address. It already gets them. With "
                    + "this link you can choose what you get, or unsubscribe.",
                ("Manage your subscription", links.manage),
                "If you did not ask for this email, ignore it: nothing has changed.")
        case .test:
            self.init(
                "Test", title: "This is a test", "Updates from \(page) reach this address.",
                ("Manage your subscription", links.manage), "Nothing has happened, and you need not do anything.")
        case .update: return nil
        }
        self.links = links
    }

    private init(
        _ subject: String, title: String, _ opening: String, _ link: (label: String, url: String)?, _ closing: String
    ) {
        self.subject = subject
        self.title = title
        self.opening = opening
        self.link = link
        self.closing = closing
    }

    /// A letter to a user of the dashboard, or to a guest.
    init(_ letter: AccountLetter) {
        switch letter {
        case .invitation(let url, let end):
            self.init(
                "Your invitation to Allclear", title: "You are invited to Allclear",
                "Somebody invited you to publish on the status page server Allclear. Open this link, and choose a "
                    + "password.",
                ("Accept the invitation", url),
                "The link works once, until \(end.inWords). If you did not expect it, ignore this email.")
        case .reset(let url, let end):
            self.init(
                "Reset your password", title: "Reset your password",
                "Somebody, probably you, asked for a new password for the status page server Allclear. Open this "
                    + "link, and choose one.",
                ("Reset the password", url),
                "The link works once, until \(end.inWords). If you did not ask for it, ignore this email: your password "
                    + "stays the same.")
        }
    }

    /// The email of `allclear mail test`.
    static let relayTest = Letter(
        "Test of the status page's emails", title: "This is a test",
        "The status page server sent this email to show that its emails arrive.", nil,
        "Nothing has happened, and you need not do anything.")

    var plain: String {
        ([title, opening] + (link.map { [$0.url] } ?? []) + [closing] + (links.map { ["-- \n\($0.pageURL)"] } ?? []))
            .joined(separator: "\n\n")
    }

    var html: HTML {
        let page = links.map { MailHTML.note(MailHTML.link($0.pageURL, url: $0.pageURL)) }
        return """
            \(MailHTML.heading(title))<p>\(opening)</p>
            \(link.map { MailHTML.button($0.label, url: $0.url) } ?? HTML())<p>\(closing)</p>
            \(page ?? HTML())
            """
    }
}
