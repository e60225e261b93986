import CCurl
import Glibc

/// An IP address, without port and zone.
public enum InternetAddress: Hashable, Sendable {
    case v4(UInt32)
    case v6(UInt128)

    /// Reads the standard textual form, as strictly as inet_pton(3): four decimal numbers, or IPv6 without brackets and
    /// zone.
    public init?(_ text: some StringProtocol) {
        let text = String(text)
        guard !text.utf8.contains(0) else { return nil }
        var v4 = in_addr()
        var v6 = in6_addr()
        if inet_pton(AF_INET, text, &v4) == 1 {
            self = .v4(UInt32(bigEndian: v4.s_addr))
        } else if inet_pton(AF_INET6, text, &v6) == 1 {
            self.init(v6)
        } else {
            return nil
        }
    }

    /// The address of a socket address; nil if its family is not IP.
    init?(_ address: UnsafePointer<sockaddr>) {
        let bytes = UnsafeRawPointer(address)
        switch Int32(address.pointee.sa_family) {
        case AF_INET: self = .v4(UInt32(bigEndian: bytes.loadUnaligned(as: sockaddr_in.self).sin_addr.s_addr))
        case AF_INET6: self.init(bytes.loadUnaligned(as: sockaddr_in6.self).sin6_addr)
        default: return nil
        }
    }

    private init(_ address: in6_addr) {
        self = withUnsafeBytes(of: address) { .v6(UInt128(bigEndian: $0.loadUnaligned(as: UInt128.self))) }
    }

    public var isLoopback: Bool {
        switch self {
        case .v4(let bits): bits >> 24 == 127
        case .v6(let bits): bits == 1
        }
    }
}

/// All addresses with the same prefix (CIDR): `10.0.0.0/8`, `2001:db8::/32`.
public struct InternetNetwork: Hashable, Sendable {
    private let first: InternetAddress
    private let length: Int

    /// Reads an address, with or without a prefix length after a slash.
    /// - Returns: nil if the text is malformed. Nil also if bits after the prefix are set, as in `10.0.0.1/8`: the
    ///   address or the length must be a mistake.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = InternetAddress(parts[0]) else { return nil }
        let width = if case .v4 = address { 32 } else { 128 }
        var length = width
        if parts.count == 2 {
            guard parts[1].utf8.count <= 3, parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = Int(parts[1]), number <= width
            else { return nil }
            length = number
        }
        self.first = address
        self.length = length
        guard prefix(of: address) == address else { return nil }
    }

    public func contains(_ address: InternetAddress) -> Bool { prefix(of: address) == first }

    /// The address with the bits after the prefix cleared; nil if it is of the other family.
    private func prefix(of address: InternetAddress) -> InternetAddress? {
        switch (first, address) {
        // A shift by the whole width gives 0.
        case (.v4, .v4(let bits)): .v4(bits & ~(UInt32.max >> UInt32(length)))
        case (.v6, .v6(let bits)): .v6(bits & ~(UInt128.max >> UInt128(length)))
        default: nil
        }
    }
}
