import Glibc

/// An IP address, without port and zone.
///
/// An IPv4 address equals its IPv6-mapped form (`::ffff:192.0.2.1`, RFC 4291 §2.5.5.2): a dual-stack socket reports
/// IPv4 peers in the mapped form.
public struct IPAddress: Hashable, Sendable {
    /// The 128 bits of the IPv6 form, most significant half first.
    let high: UInt64
    let low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads the textual form (RFC 4291 §2.2), as strictly as inet_pton(3): four decimal numbers without leading zeros,
    /// or IPv6 without brackets and zone.
    public init?(_ text: Bytes) {
        guard text.count < Int(INET6_ADDRSTRLEN), !text.contains(0) else { return nil }
        let parsed = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { terminated in
            for (index, byte) in text.enumerated() { terminated[index] = CChar(bitPattern: byte) }
            terminated[text.count] = 0
            return UnsafePointer(terminated.baseAddress).flatMap(Self.parse)
        }
        guard let parsed else { return nil }
        self = parsed
    }

    /// Reads the textual form.
    public init?(_ text: String) {
        var text = text
        guard let address = text.withUTF8({ IPAddress($0) }) else { return nil }
        self = address
    }

    /// The address in a socket address; nil if its family is not IP, as for Unix sockets.
    init?(_ storage: sockaddr_storage) {
        let address = withUnsafeBytes(of: storage) { bytes -> IPAddress? in
            switch Int32(storage.ss_family) {
            case AF_INET: IPAddress(bytes.load(as: sockaddr_in.self).sin_addr)
            case AF_INET6: IPAddress(bytes.load(as: sockaddr_in6.self).sin6_addr)
            default: nil
            }
        }
        guard let address else { return nil }
        self = address
    }

    private init(_ address: in_addr) {
        self.init(high: 0, low: Self.mappedPrefix << 32 | UInt64(UInt32(bigEndian: address.s_addr)))
    }

    private init(_ address: in6_addr) {
        self = withUnsafeBytes(of: address) { bytes in
            IPAddress(
                high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        }
    }

    public var isIPv4: Bool { high == 0 && low >> 32 == Self.mappedPrefix }

    /// The key for counting connections: an IPv4 address, or the /64 of an IPv6 address. A client usually has a whole
    /// /64 (RFC 6177 §2).
    public var network: IPAddress { isIPv4 ? self : IPAddress(high: high, low: 0) }

    /// The bits above the 32 bits of a mapped IPv4 address.
    private static let mappedPrefix: UInt64 = 0xFFFF

    private static func parse(_ text: UnsafePointer<CChar>) -> IPAddress? {
        var v4 = in_addr()
        if inet_pton(AF_INET, text, &v4) == 1 { return IPAddress(v4) }
        var v6 = in6_addr()
        return inet_pton(AF_INET6, text, &v6) == 1 ? IPAddress(v6) : nil
    }
}

extension IPAddress: CustomStringConvertible {
    /// The canonical form (RFC 5952); a mapped address is written as IPv4.
    public var description: String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { text in
            guard let start = text.baseAddress else { return "" }
            text.initialize(repeating: 0)
            if isIPv4 {
                var address = in_addr(s_addr: UInt32(truncatingIfNeeded: low).bigEndian)
                inet_ntop(AF_INET, &address, start, socklen_t(text.count))
            } else {
                var address = (high.bigEndian, low.bigEndian)
                inet_ntop(AF_INET6, &address, start, socklen_t(text.count))
            }
            return String(cString: start)
        }
    }
}
