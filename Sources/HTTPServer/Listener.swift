import Synchronization

/// An address that a server listens on, and its settings for connections there.
public final class Listener: Sendable {
    public let address: SocketAddress
    /// The certificates; nil for plain HTTP.
    let tls: TLSContext?
    /// 0 for none.
    private let port: Atomic<UInt16>
    private let strictSeconds: Atomic<Int>

    /// - Parameters:
    ///   - redirectPort: an https port. Requests that did not come by https are redirected there.
    ///   - strictTransportSecurity: the seconds for which browsers that came by https must use only https; 0 for
    ///     no Strict-Transport-Security field.
    public init(
        _ address: SocketAddress, tls: TLSContext? = nil, redirectPort: UInt16? = nil, strictTransportSecurity: Int = 0
    ) {
        self.address = address
        self.tls = tls
        port = Atomic(redirectPort ?? 0)
        strictSeconds = Atomic(strictTransportSecurity)
    }

    /// Requests that did not come by https are redirected to this port of the same host.
    var redirectPort: UInt16? {
        let port = port.load(ordering: .relaxed)
        return port == 0 ? nil : port
    }

    /// The `max-age` of Strict-Transport-Security, in seconds; 0 if the field is not sent.
    var strictTransportSecurity: Int { strictSeconds.load(ordering: .relaxed) }

    /// The end of each current certificate, in seconds since the Unix epoch, and its domain; a nil domain means the
    /// standard certificate. Empty without TLS.
    public var certificateEnds: [(domain: String?, end: Int)] { tls?.certificates.ends ?? [] }

    /// Takes over the redirect port and the Strict-Transport-Security of another listener, and its certificates for new
    /// connections. TLS itself cannot be switched on or off while the server listens.
    public func become(_ other: Listener) {
        if let certificates = other.tls?.certificates { tls?.use(certificates) }
        port.store(other.redirectPort ?? 0, ordering: .relaxed)
        strictSeconds.store(other.strictTransportSecurity, ordering: .relaxed)
    }
}
