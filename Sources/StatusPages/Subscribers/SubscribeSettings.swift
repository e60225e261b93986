/// The settings of a page for subscribing by email, with the sender of its emails.
public struct SubscribeSettings: Equatable, Sendable {
    /// Whether the page offers a form to subscribe by email. Nil for the default: public pages do, others do not.
    public var hasForm: Bool?
    /// The sender of the page's emails. Nil: the server's.
    public var from: Mailbox?
    /// Nil: the server's, if it has one.
    public var replyTo: Mailbox?

    public init(hasForm: Bool? = nil, from: Mailbox? = nil, replyTo: Mailbox? = nil) {
        self.hasForm = hasForm
        self.from = from
        self.replyTo = replyTo
    }
}

extension StatusPage {
    /// Whether the page offers a form, if the server can send email.
    public var offersSubscriptionForm: Bool { kind != .internal && (subscribe.hasForm ?? (kind == .public)) }
}

/// An email address with an optional name for people, as in `Acme Status <status@acme.com>`.
public struct Mailbox: Hashable, Sendable, CustomStringConvertible {
    public let name: String?
    public let address: EmailAddress

    public init(name: String? = nil, address: EmailAddress) {
        self.name = name
        self.address = address
    }

    /// Nil if the text is neither an address, nor a name and an address in angle brackets.
    public init?(_ text: String) {
        guard text.utf8.last == UInt8(ascii: ">"), let open = text.utf8.lastIndex(of: UInt8(ascii: "<")) else {
            guard let address = EmailAddress(text) else { return nil }
            self.init(address: address)
            return
        }
        let name = text[..<open].unicodeScalars.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
        guard let address = EmailAddress(String(text[text.utf8.index(after: open)...].dropLast())), !name.isEmpty,
            name.allSatisfy({ $0.properties.generalCategory != .control })
        else { return nil }
        self.init(name: String(String.UnicodeScalarView(name)), address: address)
    }

    public var description: String { name.map { "\($0) <\(address)>" } ?? address.description }
}
