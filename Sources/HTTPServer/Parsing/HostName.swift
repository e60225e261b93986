/// Compares host names in one way everywhere: in Host, SNI, Forwarded, the configuration and certificates. Only the
/// host of an authority matters: in lower case, without the port, and without one trailing dot.
public enum HostName {
    /// The host of an authority without port and trailing dot, in its original case. Allocates nothing.
    public static func host(of authority: Bytes) -> Bytes {
        let host = withoutPort(authority)
        return host.last == UInt8(ascii: ".") ? Bytes(rebasing: host.dropLast()) : host
    }

    /// The host of an authority in its canonical form, for look-ups.
    public static func key(_ authority: String) -> String {
        var authority = authority
        return authority.withUTF8 { String(decoding: host(of: $0).map(ASCII.lowercased), as: UTF8.self) }
    }

    /// Whether two authorities have the same host.
    static func areSame(_ one: Bytes, _ other: Bytes) -> Bool {
        let (one, other) = (host(of: one), host(of: other))
        return one.count == other.count && zip(one, other).allSatisfy { ASCII.lowercased($0) == ASCII.lowercased($1) }
    }

    /// An authority without its port.
    static func withoutPort(_ authority: Bytes) -> Bytes {
        var end = authority.count
        while end > 0, ASCII.isDigit(authority[end - 1]) { end -= 1 }
        let hasPort = end > 0 && authority[end - 1] == UInt8(ascii: ":")
        return hasPort ? Bytes(rebasing: authority[..<(end - 1)]) : authority
    }
}
