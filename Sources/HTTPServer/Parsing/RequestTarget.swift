import Glibc

/// The forms of a request target (RFC 9112 §3.2).
enum RequestTarget {
    /// Sets path and query, and the authority for the absolute form.
    /// - Parameters:
    ///   - range: the target.
    ///   - pathEnd: the offset of its first `?`, or its end.
    static func parse(
        _ bytes: Bytes, _ range: ByteRange, pathEnd: Int, into head: inout RequestHead
    ) throws(HTTPFault) {
        head.query = ByteRange(pathEnd, Int(range.end))
        if bytes[Int(range.start)] == UInt8(ascii: "/") {
            head.path = ByteRange(Int(range.start), pathEnd)
        } else if bytes[range].equals("*"), bytes[head.method].equals("OPTIONS") {
            head.path = range
        } else {
            try parseAbsolute(bytes, ByteRange(Int(range.start), pathEnd), into: &head)
        }
    }

    /// `http://authority/path`: servers must accept this form, and its authority overrides Host (§3.2.2).
    /// - Parameter range: the target without its query.
    private static func parseAbsolute(
        _ bytes: Bytes, _ range: ByteRange, into head: inout RequestHead
    ) throws(HTTPFault) {
        let start = Int(range.start)
        let end = Int(range.end)
        let schemeLength: Int
        if range.count > 7, bytes[ByteRange(start, start + 7)].equalsIgnoringCase("http://") {
            schemeLength = 7
        } else if range.count > 8, bytes[ByteRange(start, start + 8)].equalsIgnoringCase("https://") {
            schemeLength = 8
        } else {
            throw .badRequest("The request target must be a path or an http URL.")
        }
        var slash = start + schemeLength
        while slash < end, bytes[slash] != UInt8(ascii: "/") { slash += 1 }
        head.authority = ByteRange(start + schemeLength, slash)
        guard head.authority.count > 0, isAuthority(bytes, head.authority) else {
            throw .badRequest("The authority of the request target is malformed.")
        }
        // An empty path means "/" (RFC 9110 §4.2.3), which RequestView supplies.
        head.path = slash == end ? .empty : ByteRange(slash, end)
    }

    /// Whether the bytes are a host with an optional port, or nothing. User information is refused (RFC 9110 §4.2.4).
    static func isAuthority(_ bytes: Bytes, _ range: ByteRange) -> Bool {
        if range.count > 0, bytes[Int(range.start)] == UInt8(ascii: "[") { return isAddressLiteral(bytes[range]) }
        let start = Int(range.start)
        // The run may continue past the end of the authority.
        let end = min(bytes.endOfHostName(from: start), Int(range.end))
        if end == range.end { return true }
        if bytes[end] == UInt8(ascii: "%") { return isEncodedName(bytes[range]) }
        return end > start && isPort(bytes[ByteRange(end, Int(range.end))])
    }

    static func isAuthority(_ bytes: Bytes) -> Bool { isAuthority(bytes, ByteRange(0, bytes.count)) }

    /// Whether the bytes are a colon and optional digits.
    private static func isPort(_ bytes: Bytes) -> Bool {
        guard bytes[0] == UInt8(ascii: ":") else { return false }
        var cursor = 1
        while cursor < bytes.count, ASCII.isDigit(bytes[cursor]) { cursor &+= 1 }
        return cursor == bytes.count
    }

    /// Whether the bytes are a percent-encoded name with an optional port.
    private static func isEncodedName(_ bytes: Bytes) -> Bool {
        let name = HostName.withoutPort(bytes)
        for index in 0..<name.count where !ASCII.isHostName(name[index]) {
            guard name[index] == UInt8(ascii: "%"), index + 2 < name.count, ASCII.hexValue(name[index + 1]) != nil,
                ASCII.hexValue(name[index + 2]) != nil
            else { return false }
        }
        return true
    }

    /// Whether the bytes are an IPv6 address in brackets, with an optional port.
    private static func isAddressLiteral(_ bytes: Bytes) -> Bool {
        // Room for an address and the zero that ends a C string. On the stack, because the parser allocates nothing.
        let capacity = Int(INET6_ADDRSTRLEN)
        guard let bracket = bytes.firstIndex(of: UInt8(ascii: "]")), bracket > 1, bracket - 1 < capacity else {
            return false
        }
        let isAddress = withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { text in
            text.initialize(repeating: 0)
            for index in 1..<bracket { text[index - 1] = CChar(bitPattern: bytes[index]) }
            var address = in6_addr()
            return inet_pton(AF_INET6, text.baseAddress, &address) == 1
        }
        let end = bracket + 1
        return isAddress && (end == bytes.count || isPort(bytes[ByteRange(end, bytes.count)]))
    }
}
