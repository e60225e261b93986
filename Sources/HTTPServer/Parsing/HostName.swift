/// Host names as keys, compared in one way everywhere: in Host, SNI and Forwarded, in the configuration and for
/// certificates. What counts of an authority is its host without the port, in lower case and without one dot at its end.
public enum HostName {
    /// What counts of an authority, in the case it was sent in. Allocates nothing.
    public static func host(of authority: Bytes) -> Bytes {
        let host = withoutPort(authority)
        return host.last == UInt8(ascii: ".") ? Bytes(rebasing: host.dropLast()) : host
    }

    /// What counts of an authority, to be looked up by.
    public static func key(_ authority: String) -> String {
        var authority = authority
        return authority.withUTF8 { String(decoding: host(of: $0).map(ASCII.lowercased), as: UTF8.self) }
    }

    /// Whether two authorities have the same host.
    static func areSame(_ one: Bytes, _ other: Bytes) -> Bool {
        let (one, other) = (host(of: one), host(of: other))
        return one.count == other.count && zip(one, other).allSatisfy { ASCII.lowercased($0) == ASCII.lowercased($1) }
    }

    /// The host of an authority, as it was sent.
    static func withoutPort(_ authority: Bytes) -> Bytes {
        var end = authority.count
        while end > 0, ASCII.isDigit(authority[end - 1]) { end -= 1 }
        let hasPort = end > 0 && authority[end - 1] == UInt8(ascii: ":")
        return hasPort ? Bytes(rebasing: authority[..<(end - 1)]) : authority
    }
}
