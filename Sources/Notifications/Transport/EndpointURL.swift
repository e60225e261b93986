public import StatusPages

/// The URL of an endpoint, checked by the rules for endpoints.
///
/// A host that is a name is not looked up here. `CurlCaller` checks each address when it connects.
public struct EndpointURL: Equatable, Sendable {
    public enum Invalid: Error, Equatable {
        /// The text is not such a URL.
        case format(rule: String)
        /// The host is an address that endpoints must not have.
        case addressNotAllowed(rule: String)

        /// The rule that the text breaks, as a predicate such as "must be an https URL".
        public var rule: String {
            switch self {
            case .format(let rule), .addressNotAllowed(let rule): rule
            }
        }
    }

    /// The longest URL, in bytes.
    public static let most = 2_048

    /// The URL as it was written.
    public let text: String

    public init(_ text: String, under settings: WebhookSettings) throws(Invalid) {
        guard text.utf8.count <= Self.most else {
            throw .format(rule: "must have at most \(Self.most) bytes; got \(text.utf8.count)")
        }
        // The characters of RFC 3986, and no others: programs disagree about the meaning of others.
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !#""<>\^`{|}"#.utf8.contains($0) }) else {
            throw .format(
                rule: "must contain only URL characters: percent-encode all others, and write the host name in its "
                    + "ASCII form (xn--…)")
        }
        let schemes = settings.httpsOnly ? ["https"] : ["https", "http"]
        let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, schemes.contains(parts[0].lowercased()) else {
            throw .format(rule: "must be an \(schemes.joined(separator: " or ")) URL")
        }
        let authority = parts[1].prefix { !"/?#".contains($0) }
        if parts[1].contains("#") { throw .format(rule: "must not have a fragment (\"#\")") }
        if authority.contains("@") { throw .format(rule: "must not have a user name or password (\"@\")") }
        try Self.check(host: try Self.host(authority), under: settings.addressPolicy)
        self.text = text
    }

    /// The host of an authority, an IPv6 address without its brackets.
    private static func host(_ authority: Substring) throws(Invalid) -> Substring {
        let isBracketed = authority.hasPrefix("[")
        let host = authority.prefix { $0 != (isBracketed ? "]" : ":") }
        var rest = authority[host.endIndex...]
        if isBracketed {
            guard rest.popFirst() == "]", host.contains(":") else { throw .format(rule: "must have a valid host") }
        }
        if let colon = rest.popFirst() {
            let port = UInt16(rest) ?? 0
            guard colon == ":", port > 0, rest.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
                throw .format(rule: "must have a port from 1 to 65535, or none")
            }
        }
        return isBracketed ? host.dropFirst() : host
    }

    private static func check(host: Substring, under policy: AddressPolicy) throws(Invalid) {
        if host.contains(":") {
            guard let address = InternetAddress(host) else { throw .format(rule: "must have a valid IPv6 address") }
            return try check([address], under: policy)
        }
        let name = host.hasSuffix(".") ? host.dropLast() : host
        let labels = name.lowercased().split(separator: ".", omittingEmptySubsequences: false)
        guard name.utf8.count <= 253, let last = labels.last, labels.allSatisfy(isLabel) else {
            throw .format(rule: "must have a valid host")
        }
        if last == "localhost" { return try check([.v4(0x7F00_0001), .v6(1)], under: policy) }
        guard NumericHost.isNumber(last) else { return }
        guard let address = NumericHost.address(labels) else {
            throw .format(rule: "must not have a host that ends with a number, unless it is an IPv4 address")
        }
        try check([address], under: policy)
    }

    /// - Parameter addresses: of one host. One that is allowed is enough.
    private static func check(_ addresses: [InternetAddress], under policy: AddressPolicy) throws(Invalid) {
        guard addresses.contains(where: policy.allows) else {
            throw .addressNotAllowed(
                rule: "must lead to a public address, or to an address in webhooks.allowed_networks")
        }
    }

    /// Letters, digits, hyphens and underscores. Host names have no underscores, but the DNS does.
    private static func isLabel(_ label: Substring) -> Bool {
        (1...63).contains(label.utf8.count)
            && label.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
                    || $0 == UInt8(ascii: "_")
            }
    }
}

/// IPv4 addresses in every spelling that programs accept (inet_aton(3)): one to four numbers, each decimal, octal or
/// hexadecimal. The last number fills the rest of the address.
enum NumericHost {
    /// Whether a label is such a number. A host with a number as its last label is an address, and never a name.
    static func isNumber(_ label: Substring) -> Bool {
        label.utf8.allSatisfy { (0x30...0x39).contains($0) } || number(label) != nil
    }

    /// - Returns: nil if the labels are not an address.
    static func address(_ labels: [Substring]) -> InternetAddress? {
        let numbers = labels.map(number)
        guard (1...4).contains(labels.count), let last = numbers.last ?? nil else { return nil }
        guard last >> UInt64(8 * (5 - labels.count)) == 0 else { return nil }
        var bits = last
        for (index, number) in numbers.dropLast().enumerated() {
            guard let number, number < 256 else { return nil }
            bits |= number << UInt64(24 - 8 * index)
        }
        return .v4(UInt32(truncatingIfNeeded: bits))
    }

    private static func number(_ label: Substring) -> UInt64? {
        if label.hasPrefix("0x") { return label == "0x" ? 0 : digits(label.dropFirst(2), radix: 16) }
        if label.hasPrefix("0"), label != "0" { return digits(label.dropFirst(), radix: 8) }
        return digits(label, radix: 10)
    }

    private static func digits(_ text: Substring, radix: Int) -> UInt64? {
        // A sign is not a digit.
        text.first?.isLetter == true || text.first?.isNumber == true ? UInt64(text, radix: radix) : nil
    }
}

extension WebhookSettings {
    /// Checks the URLs that subscribers are added with.
    public var endpointCheck: SubscriberDraft.EndpointCheck {
        { text in
            do throws(EndpointURL.Invalid) {
                _ = try EndpointURL(text, under: self)
                return nil
            } catch {
                let code: Fault.Code = if case .format = error { .invalidFormat } else { .addressNotAllowed }
                return Fault(code, [], "The url \(error.rule).")
            }
        }
    }
}
