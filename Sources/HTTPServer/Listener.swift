/// An address that a server listens on, and what it does with those who come by it.
public final class Listener: Sendable {
    public let address: SocketAddress
    /// Who the server says it is; nil where it speaks in the clear.
    let tls: TLSContext?
    /// Requests that did not come by https are sent on to this port of the same host.
    let redirectPort: UInt16?
    /// `Strict-Transport-Security: … CR LF` (RFC 6797 §6.1), ready to send; empty without one.
    let strictTransportSecurity: [UInt8]

    /// - Parameters:
    ///   - redirectPort: a port that https is spoken at, to send requests there that came without.
    ///   - strictTransportSecurity: seconds that browsers that came by https shall insist on it; 0 for not at all.
    public init(
        _ address: SocketAddress, tls: TLSContext? = nil, redirectPort: UInt16? = nil, strictTransportSecurity: Int = 0
    ) {
        self.address = address
        self.tls = tls
        self.redirectPort = redirectPort
        self.strictTransportSecurity =
            strictTransportSecurity > 0
            ? Array("Strict-Transport-Security: max-age=\(strictTransportSecurity)\r\n".utf8) : []
    }
}
