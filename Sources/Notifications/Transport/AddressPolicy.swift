/// The addresses that the server may call. Clients that may add subscribers choose the URL. Without this rule, they
/// could reach services that only this machine can reach.
public struct AddressPolicy: Equatable, Sendable {
    /// Networks that may always be called.
    public let allowedNetworks: [InternetNetwork]

    public init(allowedNetworks: [InternetNetwork] = []) { self.allowedNetworks = allowedNetworks }

    public func allows(_ address: InternetAddress) -> Bool {
        allowedNetworks.contains { $0.contains(address) } || Self.isGlobal(address)
            || Self.embedded(in: address).map { inner in allowedNetworks.contains { $0.contains(inner) } } ?? false
    }

    /// Whether the address belongs to an ordinary host of the Internet. Multicast addresses, and the ranges in IANA's
    /// registries of special-purpose addresses (RFC 6890), do not. If an IPv6 address represents an IPv4 address, the
    /// IPv4 address decides.
    public static func isGlobal(_ address: InternetAddress) -> Bool {
        if let inner = embedded(in: address) { return isGlobal(inner) }
        if case .v6 = address, !unicast.contains(where: { $0.contains(address) }) { return false }
        return !special.contains { $0.contains(address) }
    }

    /// The IPv4 address that an IPv6 address represents, if any.
    private static func embedded(in address: InternetAddress) -> InternetAddress? {
        guard case .v6(let bits) = address else { return nil }
        // Mapped (RFC 4291 §2.5.5.2), and NAT64 (RFC 6052 §2.1).
        if bits >> 32 == 0xFFFF || bits >> 32 == 0x0064_FF9B_0000_0000_0000_0000 {
            return .v4(UInt32(truncatingIfNeeded: bits))
        }
        // 6to4 (RFC 3056 §2).
        if bits >> 112 == 0x2002 { return .v4(UInt32(truncatingIfNeeded: bits >> 80)) }
        return nil
    }

    /// All addresses that IANA has assigned to ordinary hosts. Everything else in IPv6 is special, multicast, or
    /// unknown.
    private static let unicast = networks("2000::/3")

    /// https://www.iana.org/assignments/iana-ipv4-special-registry and multicast; then, of
    /// https://www.iana.org/assignments/iana-ipv6-special-registry, the ranges in 2000::/3.
    private static let special = networks(
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4", "224.0.0.0/4",
        "2001::/23", "2001:db8::/32", "2620:4f:8000::/48", "3fff::/20")

    private static func networks(_ texts: String...) -> [InternetNetwork] { texts.compactMap(InternetNetwork.init) }
}
