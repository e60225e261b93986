public import StatusPages

/// The relay that sends emails, and how long the server tries.
public struct MailSettings: Equatable, Sendable {
    /// How the connection to the relay is encrypted.
    public enum Encryption: String, CaseIterable, Sendable {
        /// By the command STARTTLS (RFC 3207). Without it, nothing is sent.
        case startTLS = "starttls"
        /// From the first byte (RFC 8314 §3.3).
        case implicit
        case none
    }

    /// How the server logs in (RFC 4954).
    public enum Login: String, CaseIterable, Sendable {
        case plain, login
        /// The password is a bearer token.
        case xoauth2
    }

    public enum Password: Equatable, Sendable {
        case text(String)
        /// A file that contains it. It is read again for each email, because tokens expire.
        case file(String)
    }

    /// A host name, or an IP address without brackets.
    public var host: String
    public var port = 587
    public var encryption = Encryption.startTLS
    /// A PEM file with the certificates that the relay's certificate is checked against. Nil: the system's.
    public var caFile: String?
    /// Nil: the server does not log in.
    public var username: String?
    public var password: Password?
    /// Nil: `plain` or `login`, as the relay offers.
    public var login: Login?
    /// The sender of emails, unless a page has its own.
    public var from: Mailbox
    public var replyTo: Mailbox?
    /// The sender in the envelope, which gets the reports of failed emails. Nil: the address of the sender.
    public var returnPath: EmailAddress?
    /// The name by which the server introduces itself to the relay. Empty: the host of `public_url`, which the
    /// configuration fills in.
    public var helo = ""
    public var maxConnections = 4
    public var maxMessagesPerConnection = 100
    /// 0: no limit.
    public var maxPerMinute = 0
    public var timeoutSeconds = 60
    public var giveUpSeconds = 86_400
    /// The waits between attempts. The last one repeats.
    public var retrySeconds = [60, 300, 900, 1_800, 3_600, 7_200, 14_400, 28_800]

    public init(host: String, from: Mailbox) {
        self.host = host
        self.from = from
    }
}
