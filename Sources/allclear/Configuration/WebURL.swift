/// An http or https URL (RFC 3986) in parts: a scheme, a host, and optionally a port and a path. User information,
/// query and fragment are not allowed.
struct WebURL: Equatable, CustomStringConvertible {
    /// The rule that a text breaks, as a predicate such as "must have a port from 1 to 65535".
    struct Invalid: Error, Equatable {
        let rule: String

        init(_ rule: String) { self.rule = rule }
    }

    enum Scheme: String, CaseIterable {
        case http, https
    }

    let scheme: Scheme
    /// As written in the URL: an IPv6 address is in brackets.
    let host: String
    /// At least 1; nil for the scheme's default port.
    let port: UInt16?
    /// Empty, or a slash and the rest of the path, without trailing slashes.
    let path: String

    init(_ text: String) throws(Invalid) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw Invalid(
                "must not contain spaces, control characters or non-ASCII characters; percent-encode them, as in %20")
        }
        let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let scheme = Scheme(rawValue: parts[0].lowercased()) else {
            throw Invalid("must be an http or https URL such as \"https://status.example.com\"")
        }
        self.scheme = scheme
        let rest = parts[1]
        if rest.contains("?") { throw Invalid("must not have a query (\"?\")") }
        if rest.contains("#") { throw Invalid("must not have a fragment (\"#\")") }
        let authority = rest.prefix { $0 != "/" }
        if authority.contains("@") { throw Invalid("must not have a user name or password (\"@\")") }
        (host, port) = try Self.hostAndPort(authority)
        path = try Self.path(rest[authority.endIndex...])
    }

    private static func hostAndPort(_ authority: Substring) throws(Invalid) -> (String, UInt16?) {
        let hostEnd = authority.lastIndex(of: "]").map(authority.index(after:)) ?? authority.startIndex
        let colon = authority[hostEnd...].firstIndex(of: ":")
        let host = authority[..<(colon ?? authority.endIndex)]
        guard HostSyntax.isValid(host) else { throw Invalid("must have a valid host: \(HostSyntax.rule)") }
        guard let colon else { return (String(host), nil) }
        guard let port = Port.read(authority[authority.index(after: colon)...]), port > 0 else {
            throw Invalid("must have a port from 1 to 65535, or none")
        }
        return (String(host), port)
    }

    private static func path(_ text: Substring) throws(Invalid) -> String {
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%") {
                guard rest.prefix(2).count == 2, rest.prefix(2).allSatisfy(isHexDigit) else {
                    throw Invalid("must have two hexadecimal digits after each \"%\" in its path")
                }
            } else if #""<>\^`{|}[]"#.utf8.contains(byte) {
                let character = String(UnicodeScalar(byte)).quoted
                throw Invalid("must not have the character \(character) in its path; write it as %\(hex(byte))")
            }
        }
        if text.split(separator: "/").contains(where: { $0 == "." || $0 == ".." }) {
            throw Invalid("must not have \".\" or \"..\" in its path")
        }
        return String(text.reversed().drop { $0 == "/" }.reversed())
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool { Character(UnicodeScalar(byte)).isHexDigit }

    private static func hex(_ byte: UInt8) -> String { String(byte, radix: 16, uppercase: true) }

    /// The URL with its scheme in lower case and without trailing slashes.
    var description: String { "\(scheme.rawValue)://\(host)\(port.map { ":\($0)" } ?? "")\(path)" }
}

/// Reads a TCP port from text.
enum Port {
    /// - Returns: nil unless the text is a number up to 65535 and has only digits.
    static func read(_ text: some StringProtocol) -> UInt16? {
        guard text.utf8.count <= 5, text.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else {
            return nil
        }
        return UInt16(text)
    }
}
