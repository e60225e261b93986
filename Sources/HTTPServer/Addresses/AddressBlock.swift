/// The addresses that begin alike (CIDR, RFC 4632 §3.1; RFC 4291 §2.3): `10.0.0.0/8`, `2001:db8::/32`, or one alone.
///
/// A block is of one family: `::/0` holds no IPv4 address, although mapped into IPv6 each of them lies in it.
public struct AddressBlock: Hashable, Sendable {
    /// Its first address.
    let first: IPAddress
    /// How many leading bits are common to all, of the 128 of IPv6: a /8 of IPv4 has 104.
    let length: Int

    private init(first: IPAddress, length: Int) {
        self.first = first
        self.length = length
    }

    /// One address.
    public init(_ address: IPAddress) {
        self.init(first: address, length: 128)
    }

    /// Reads an address, alone or with a prefix length behind a slash.
    /// - Returns: nil also if bits behind the prefix are set, as in `10.0.0.1/8`: one of the two numbers is a mistake then.
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

    /// The address with all bits behind the prefix cleared.
    private func masked(_ address: IPAddress) -> IPAddress {
        // Shifting by the whole width or more gives 0.
        let high = UInt64.max << UInt64(max(0, 64 - length))
        let low = UInt64.max << UInt64(min(64, 128 - length))
        return IPAddress(high: address.high & high, low: address.low & low)
    }

    /// Digits alone, without leading zeros.
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
