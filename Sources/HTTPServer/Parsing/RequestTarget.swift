import Glibc

/// The forms a request target may take (RFC 9112 §3.2).
enum RequestTarget {
    /// Sets target, path and, for the absolute form, the authority.
    static func parse(_ bytes: Bytes, _ range: ByteRange, into head: inout RequestHead) throws(HTTPFault) {
        let method = bytes[head.method]
        let target = bytes[range]
        if method.equals("CONNECT") {
            // Whatever its target: a client would take any success for a tunnel.
            throw HTTPFault(501, "This server is not a proxy.")
        } else if target[0] == UInt8(ascii: "/") {
            head.target = range
        } else if target.equals("*"), method.equals("OPTIONS") {
            head.target = range
        } else {
            try parseAbsolute(bytes, range, into: &head)
        }
        var end = Int(head.target.start)
        while end < Int(head.target.end), bytes[end] != UInt8(ascii: "?") { end += 1 }
        head.path = ByteRange(Int(head.target.start), end)
    }

    /// `http://authority/path?query`: servers must accept it, and its authority counts more than Host (§3.2.2).
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
            throw .badRequest("The request target is neither a path nor an http URL.")
        }
        var slash = start + schemeLength
        while slash < end, bytes[slash] != UInt8(ascii: "/"), bytes[slash] != UInt8(ascii: "?") { slash += 1 }
        head.authority = ByteRange(start + schemeLength, slash)
        guard head.authority.count > 0, isAuthority(bytes[head.authority]) else {
            throw .badRequest("The authority of the request target is malformed.")
        }
        guard slash == end || bytes[slash] == UInt8(ascii: "/") else {
            throw .badRequest("The request target has no path.")
        }
        // An empty path stands for "/" (RFC 9110 §4.2.3), which RequestView supplies.
        head.target = slash == end ? .empty : ByteRange(slash, end)
    }

    /// Whether the bytes are a host with an optional port, or nothing. User information has no place here (RFC 9110
    /// §4.2.4).
    static func isAuthority(_ bytes: Bytes) -> Bool {
        guard let host = host(bytes) else { return bytes.count == 0 }
        guard host[0] == UInt8(ascii: "[") else { return isName(host) }
        return isAddressLiteral(host)
    }

    /// The host of an authority, without its port; nil if it is empty.
    static func host(_ authority: Bytes) -> Bytes? {
        var end = authority.count
        while end > 0, ASCII.isDigit(authority[end - 1]) { end -= 1 }
        let hasPort = end > 0 && authority[end - 1] == UInt8(ascii: ":")
        let host = Bytes(rebasing: authority[..<(hasPort ? end - 1 : authority.count)])
        return host.count > 0 ? host : nil
    }

    /// Whether the bytes may be a name, or an IPv4 address, whose percent signs encode something.
    private static func isName(_ bytes: Bytes) -> Bool {
        for index in 0..<bytes.count {
            guard ASCII.isHostName(bytes[index]) else { return false }
            guard bytes[index] == UInt8(ascii: "%") else { continue }
            guard index + 2 < bytes.count, ASCII.hexValue(bytes[index + 1]) != nil,
                ASCII.hexValue(bytes[index + 2]) != nil
            else { return false }
        }
        return true
    }

    /// Whether the bytes are an IPv6 address in brackets.
    private static func isAddressLiteral(_ bytes: Bytes) -> Bool {
        // With the zero that ends a C string, an address fits; in the stack, since nothing here allocates.
        let capacity = Int(INET6_ADDRSTRLEN)
        guard bytes.count > 2, bytes.count - 2 < capacity, bytes[bytes.count - 1] == UInt8(ascii: "]") else {
            return false
        }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { text in
            text.initialize(repeating: 0)
            for index in 1..<(bytes.count - 1) { text[index - 1] = CChar(bitPattern: bytes[index]) }
            var address = in6_addr()
            return inet_pton(AF_INET6, text.baseAddress, &address) == 1
        }
    }
}
