/// One address, or all addresses with the same prefix (CIDR, RFC 4632 §3.1; RFC 4291 §2.3): `10.0.0.0/8`,
/// `2001:db8::/32`.
///
/// A block belongs to one address family. `::/0` contains no IPv4 address, although every IPv4 address can be mapped
/// into it.
public struct AddressBlock: Hashable, Sendable {
    /// The lowest address in the block.
    let first: IPAddress
    /// The prefix length in bits, counted in the 128-bit IPv6 form: an IPv4 /8 has 104.
    let length: Int

    private init(first: IPAddress, length: Int) {
        self.first = first
        self.length = length
    }

    /// A block that contains one address.
    public init(_ address: IPAddress) {
        self.init(first: address, length: 128)
    }

    /// Reads an address, with or without a prefix length after a slash.
    /// - Returns: nil if the text is malformed. Nil also if bits after the prefix are set, as in `10.0.0.1/8`: the
    ///   address or the length must be a mistake.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(String(parts[0])) else { return nil }
        guard parts.count == 2 else {
            self.init(address)
            return
        }
        let bits = parts[0].contains(":") ? 128 : 32
        guard let prefix = Self.decimal(parts[1]), prefix <= bits else { return nil }
        self.init(first: address, length: 128 - bits + prefix)
        guard masked(address) == address else { return nil }
    }

    public func contains(_ address: IPAddress) -> Bool {
        address.isIPv4 == first.isIPv4 && masked(address) == first
    }

    /// The address with all bits after the prefix cleared.
    private func masked(_ address: IPAddress) -> IPAddress {
        // A shift by the whole width or more gives 0.
        let high = UInt64.max << UInt64(max(0, 64 - length))
        let low = UInt64.max << UInt64(min(64, 128 - length))
        return IPAddress(high: address.high & high, low: address.low & low)
    }

    /// Reads digits only, without leading zeros.
    private static func decimal(_ text: Substring) -> Int? {
        guard text.utf8.allSatisfy(ASCII.isDigit), text == "0" || !text.hasPrefix("0") else { return nil }
        return Int(text)
    }
}

extension AddressBlock: CustomStringConvertible {
    public var description: String {
        length == 128 ? "\(first)" : "\(first)/\(first.isIPv4 ? length - 96 : length)"
    }
}
