import Locking
public import StatusPages

/// How one attempt to send an email ended.
public enum MailOutcome: Equatable, Sendable {
    /// The relay accepted the message.
    case accepted(Delivery.Response)
    /// The relay cannot be used now: no connection, no TLS, no login, or MAIL FROM was rejected for now. That says
    /// nothing about the message, which was not handed over.
    case relayTrouble(Delivery.Response)
    /// The relay rejected the sender in MAIL FROM for good (5xx). The message was not handed over.
    case senderRefused(Delivery.Response)
    /// The recipient or the message was rejected for now (4xx), or the connection broke after MAIL.
    case temporary(Delivery.Response)
    /// The recipient does not exist, by the relay's enhanced status code (RFC 3463).
    case noMailbox(Delivery.Response)
    /// The recipient or the message was rejected for good for another reason (5xx).
    case refused(Delivery.Response)

    /// Why the relay did not accept the email, with its answer; nil if it did.
    public var problem: String? {
        switch self {
        case .accepted: nil
        case .relayTrouble(let response): "the relay cannot be used: \(response.described)"
        case .senderRefused(let response): "the relay refused the sender: \(response.described)"
        case .temporary(let response): "the relay refused the email for now: \(response.described)"
        case .noMailbox(let response): "the address does not exist: \(response.described)"
        case .refused(let response): "the relay refused the email: \(response.described)"
        }
    }
}

/// How one attempt to call an endpoint ended.
public enum CallOutcome: Equatable, Sendable {
    /// The endpoint answered 2xx.
    case accepted(Delivery.Response)
    /// Any other result, including no connection.
    /// - Parameter retryAfter: how long the endpoint asked to wait, in seconds.
    case failed(Delivery.Response, retryAfter: Int?)
    /// The endpoint answered 410: it wants no more calls.
    case gone(Delivery.Response)
}

/// An email as it goes over the wire.
public struct Mail: Equatable, Sendable {
    /// The sender in the envelope.
    public let returnPath: EmailAddress
    public let recipient: EmailAddress
    /// The header and the body, with CRLF line ends, before dot-stuffing.
    public let bytes: [UInt8]
    /// With its angle brackets.
    public let messageID: String

    public init(returnPath: EmailAddress, recipient: EmailAddress, bytes: [UInt8], messageID: String) {
        self.returnPath = returnPath
        self.recipient = recipient
        self.bytes = bytes
        self.messageID = messageID
    }
}

/// A request to an endpoint.
public struct Call: Equatable, Sendable {
    /// POST, or another method whose answer has a body.
    public let method: String
    public let url: String
    /// Names and values. `Content-Type` is among them if there is a body.
    public let fields: [(name: String, value: String)]
    public let body: [UInt8]

    public init(method: String = "POST", url: String, fields: [(name: String, value: String)], body: [UInt8]) {
        self.method = method
        self.url = url
        self.fields = fields
        self.body = body
    }

    public static func == (left: Call, right: Call) -> Bool {
        left.method == right.method && left.url == right.url && left.body == right.body
            && left.fields.elementsEqual(right.fields) { $0.name == $1.name && $0.value == $1.value }
    }
}

/// Sends emails over one connection to the relay, one after the other. It belongs to one thread.
public protocol MailSender: AnyObject {
    func send(_ mail: Mail) -> MailOutcome
    /// Closes the connection, if one is open.
    func close()
}

/// Calls endpoints, one after the other. It belongs to one thread.
public protocol Caller: AnyObject {
    func send(_ call: Call) -> CallOutcome
}

/// Ends transfers that are in progress, from another thread. A server that stops must not wait for a hanging relay or
/// endpoint.
///
/// After `interrupt`, a transfer ends within about a second with the outcome of a broken connection. That says nothing
/// about the other side.
public final class Interruption: Sendable {
    private let flag = Locked(false)

    public init() {}

    public func interrupt() { flag.withLock { $0 = true } }

    public var isInterrupted: Bool { flag.withLock { $0 } }
}
