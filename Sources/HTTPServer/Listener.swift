import Synchronization

/// An address that a server listens on, and what it does with those who come by it.
public final class Listener: Sendable {
    public let address: SocketAddress
    /// Who the server says it is; nil where it speaks in the clear.
    let tls: TLSContext?
    /// 0 for none.
    private let port: Atomic<UInt16>
    private let strictSeconds: Atomic<Int>

    /// - Parameters:
    ///   - redirectPort: a port that https is spoken at, to send requests there that came without.
    ///   - strictTransportSecurity: seconds that browsers that came by https shall insist on it; 0 for not at all.
    public init(
        _ address: SocketAddress, tls: TLSContext? = nil, redirectPort: UInt16? = nil, strictTransportSecurity: Int = 0
    ) {
        self.address = address
        self.tls = tls
        port = Atomic(redirectPort ?? 0)
        strictSeconds = Atomic(strictTransportSecurity)
    }

    /// Requests that did not come by https are sent on to this port of the same host.
    var redirectPort: UInt16? {
        let port = port.load(ordering: .relaxed)
        return port == 0 ? nil : port
    }

    /// Seconds that browsers are told to insist on https for; 0 if they are told nothing.
    var strictTransportSecurity: Int { strictSeconds.load(ordering: .relaxed) }

    /// When each certificate that is shown now ends, in seconds since the Unix epoch, and for which domain; nil is for all
    /// others. None without TLS.
    public var certificateEnds: [(domain: String?, end: Int)] { tls?.certificates.ends ?? [] }

    /// Does with requests from now on what another one does, and shows its certificates to the connections that come.
    /// Whether there is TLS at all cannot change while it listens.
    public func become(_ other: Listener) {
        if let certificates = other.tls?.certificates { tls?.use(certificates) }
        port.store(other.redirectPort ?? 0, ordering: .relaxed)
        strictSeconds.store(other.strictTransportSecurity, ordering: .relaxed)
    }
}
