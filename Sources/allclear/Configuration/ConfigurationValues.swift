import HTTPServer
import PublicPages
import StatusPages

/// The syntax of single configuration values, the same in the file and in the environment.
enum ConfigurationValues {
    enum Parsed<Value> {
        case value(Value)
        /// The rule that the text breaks, as a predicate such as "must be the path of a file".
        case problem(String)
    }

    static let listenExample = #"a string such as "127.0.0.1:8080""#

    static func listen(_ text: String) -> Parsed<SocketAddress> {
        if text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) || text.first == " " || text.last == " " {
            return .problem("must not start or end with a space or contain control characters")
        }
        if text.hasPrefix("unix:") {
            let length = text.utf8.count - "unix:".utf8.count
            guard length > 0, length <= SocketAddress.longestPath else {
                return .problem("must have a path of 1 to \(SocketAddress.longestPath) bytes after \"unix:\"")
            }
            return .value(.unix(path: String(text.dropFirst("unix:".count))))
        }
        guard let colon = text.lastIndex(of: ":"), !text[colon...].hasSuffix("]") else {
            return .problem("must be an address and a port, such as \"127.0.0.1:8080\", or \"unix:\" and a path")
        }
        guard let port = Port.read(text[text.index(after: colon)...]) else {
            return .problem("must end with a port from 0 to 65535, as in \"127.0.0.1:8080\"")
        }
        let host = text[..<colon]
        guard host.isEmpty || HostSyntax.isValid(withoutZone(host)) else {
            return .problem("must have a valid host before its port: \(HostSyntax.rule)")
        }
        let isBracketed = host.hasPrefix("[")
        return .value(.tcp(host: String(isBracketed ? host.dropFirst().dropLast() : host), port: port))
    }

    /// Removes the network interface from an IPv6 address in brackets, such as `%eth0` from `[fe80::1%eth0]`.
    private static func withoutZone(_ host: Substring) -> String {
        guard host.hasPrefix("["), host.hasSuffix("]"), let percent = host.firstIndex(of: "%") else {
            return String(host)
        }
        let zone = host[host.index(after: percent)...].dropLast()
        let isName = !zone.isEmpty && zone.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"%[]:/".utf8.contains($0) }
        return isName ? "\(host[..<percent])]" : String(host)
    }

    /// - Returns: the URL with its scheme in lower case and without trailing slashes.
    static func publicURL(_ text: String) -> Parsed<String> {
        do throws(WebURL.Invalid) {
            return .value(try WebURL(text).description)
        } catch {
            return .problem(error.rule)
        }
    }

    static func trustedProxy(_ text: String) -> Parsed<TrustedProxies.Entry> {
        if let entry = TrustedProxies.Entry(text) { return .value(entry) }
        return .problem(
            "must be an IP address, a block such as \"10.0.0.0/8\" or \"fd00::/8\" with only 0 bits after the prefix, "
                + "or \"unix\"")
    }

    static func database(_ text: String) -> Parsed<String> {
        text.isEmpty || text.utf8.contains(0)
            ? .problem("must be the path of a file, such as \"allclear.db\"") : .value(text)
    }

    /// An item's key.
    static func key(_ text: String) -> Parsed<String> {
        ItemKey.isValid(text) ? .value(text) : .problem(ItemKey.rule)
    }

    /// The first segments of the server's own paths.
    static let reservedWords = Set(PublicPages.reservedWords + ["healthz", "metrics", "readyz", "v1", "v2"])

    /// A slug, or a key that becomes a path segment, so it must not be one of the server's own paths.
    static func pathSegment(_ text: String) -> Parsed<String> {
        ItemKey.brokenRule(ofPathSegment: text, reserved: reservedWords).map(Parsed.problem) ?? .value(text)
    }

    /// - Returns: the host name in the form of `HostName.key`: in lower case and without a trailing dot.
    static func domain(_ text: String) -> Parsed<String> {
        PageDomain.parse(text).map(Parsed.value) ?? .problem(PageDomain.rule)
    }
}
