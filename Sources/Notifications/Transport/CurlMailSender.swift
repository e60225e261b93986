import StatusPages

/// Sends mails through a relay by SMTP (RFC 5321).
public final class CurlMailSender: MailSender {
    /// - Parameter transcript: gets each line of the dialogue, with `> ` before what the server sends and `< ` before
    ///   what the relay answers. Passwords are left out.
    public init(
        _ settings: MailSettings, interruption: Interruption = Interruption(),
        transcript: ((String) -> Void)? = nil
    ) {}

    public func send(_ mail: Mail) -> MailOutcome { .relayTrouble(Delivery.Response(code: nil, text: "")) }

    public func close() {}
}
