/// The sender of a request, as a proxy reports it.
enum ForwardedNode: Equatable {
    case address(IPAddress)
    /// `unknown`, an obfuscated name, or (in X-Forwarded-For) text that is not an address.
    case hidden

    /// Reads an entry of X-Forwarded-For, which no standard describes: an IPv4 or IPv6 address, with or without
    /// brackets around IPv6, with or without a port. Anything else is `hidden`.
    init(entry: Bytes) {
        let bare = IPAddress(entry) ?? Self.bracketed(entry)
        if let address = bare ?? Self.addressBeforePort(entry) {
            self = .address(address)
        } else {
            self = .hidden
        }
    }

    /// Reads a node of RFC 7239 §6: an IPv4 address, an IPv6 address in brackets, `unknown`, or an obfuscated name that
    /// begins with an underscore. Each may have a port, which may be obfuscated as well.
    /// - Returns: nil for anything else.
    init?(node: Bytes) {
        var name = node
        if let (host, port) = Self.split(node) {
            guard Self.isPort(port) || Self.isObfuscated(port) else { return nil }
            name = host
        }
        if let address = Self.host(name) {
            self = .address(address)
        } else if name.equalsIgnoringCase("unknown") || Self.isObfuscated(name) {
            self = .hidden
        } else {
            return nil
        }
    }

    private static func addressBeforePort(_ text: Bytes) -> IPAddress? {
        guard let (host, port) = split(text), isPort(port) else { return nil }
        return Self.host(host)
    }

    /// The parts before and after the last colon; nil if no colon is outside brackets.
    private static func split(_ text: Bytes) -> (host: Bytes, port: Bytes)? {
        guard let colon = text.lastIndex(of: UInt8(ascii: ":")), text.last != UInt8(ascii: "]") else { return nil }
        return (text[ByteRange(0, colon)], text[ByteRange(colon + 1, text.count)])
    }

    /// An address in the form that may precede a port: IPv6 must be in brackets.
    private static func host(_ text: Bytes) -> IPAddress? {
        if let address = bracketed(text) { return address }
        return text.contains(UInt8(ascii: ":")) ? nil : IPAddress(text)
    }

    private static func bracketed(_ text: Bytes) -> IPAddress? {
        guard text.first == UInt8(ascii: "["), text.last == UInt8(ascii: "]") else { return nil }
        let inside = text[ByteRange(1, text.count - 1)]
        return inside.contains(UInt8(ascii: ":")) ? IPAddress(inside) : nil
    }

    /// `1*5DIGIT`
    private static func isPort(_ text: Bytes) -> Bool {
        text.count > 0 && text.count <= 5 && text.allSatisfy(ASCII.isDigit)
    }

    /// `"_" 1*( ALPHA / DIGIT / "." / "_" / "-")` (RFC 7239 §6.3)
    private static func isObfuscated(_ text: Bytes) -> Bool {
        text.count > 1 && text[0] == UInt8(ascii: "_")
            && text.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
                default: ASCII.isDigit(byte)
                }
            }
    }
}
