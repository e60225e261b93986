/// An address that a server listens on, and what it does with those who come by it.
public final class Listener: Sendable {
    public let address: SocketAddress
    /// Who the server says it is; nil where it speaks in the clear.
    let tls: TLSContext?
    /// Nothing is served: every request is sent on to this port of the same host, by https.
    let redirectPort: UInt16?
    /// `Strict-Transport-Security: … CR LF` (RFC 6797 §6.1), ready to send; empty without one.
    let strictTransportSecurity: [UInt8]

    /// - Parameters:
    ///   - redirectPort: a port that https is spoken at, to send all requests there instead of serving them.
    ///   - strictTransportSecurity: seconds that browsers shall insist on https for; 0 for not at all. Only with `tls`.
    public init(
        _ address: SocketAddress, tls: TLSContext? = nil, redirectPort: UInt16? = nil, strictTransportSecurity: Int = 0
    ) {
        self.address = address
        self.tls = tls
        self.redirectPort = redirectPort
        let isStrict = tls != nil && strictTransportSecurity > 0
        self.strictTransportSecurity =
            isStrict ? Array("Strict-Transport-Security: max-age=\(strictTransportSecurity)\r\n".utf8) : []
    }
}
