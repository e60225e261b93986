import HTTPServer

/// How single values of a configuration are written, in the file as in the environment.
enum ConfigurationValues {
    enum Parsed<Value> {
        case value(Value)
        /// What is wrong with it.
        case problem(String)
    }

    static func listen(_ text: String) -> Parsed<SocketAddress> {
        if text.hasPrefix("unix:"), text.utf8.count > "unix:".count + SocketAddress.longestPath {
            return .problem("must have a path of at most \(SocketAddress.longestPath) bytes")
        }
        guard let address = SocketAddress(text) else {
            return .problem(
                "must be an address and a port up to 65535, as in 127.0.0.1:8080 or [::1]:8080, or unix: and a path")
        }
        return .value(address)
    }

    /// - Returns: the URL with its scheme in lower case and without slashes at its end.
    static func publicURL(_ text: String) -> Parsed<String> {
        let problem = "must be an http or https URL without query or fragment, as in https://status.example.com"
        guard let scheme = ["http://", "https://"].first(where: text.lowercased().hasPrefix) else {
            return .problem(problem)
        }
        let rest = text.dropFirst(scheme.count)
        let isPlain = rest.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"?#\"<>\\@".utf8.contains($0) }
        guard let first = rest.first, first != "/", first != ":", isPlain else { return .problem(problem) }
        return .value(scheme + String(rest.reversed().drop { $0 == "/" }.reversed()))
    }

    static func database(_ text: String) -> Parsed<String> {
        text.isEmpty || text.utf8.contains(0) ? .problem("must be the path of a file") : .value(text)
    }

    /// A page's slug, or an item's key.
    static func key(_ text: String) -> Parsed<String> {
        let bytes = Array(text.utf8)
        let isLetterOrDigit = { (byte: UInt8) in
            (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z"))
                || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
        }
        guard let first = bytes.first, isLetterOrDigit(first), bytes.count <= 63,
            bytes.allSatisfy({ isLetterOrDigit($0) || $0 == UInt8(ascii: "-") })
        else {
            return .problem(
                "must be 1 to 63 lower-case letters, digits and hyphens, and start with a letter or digit")
        }
        return .value(text)
    }

    /// A key that is a path segment: it must not stand where the server's own paths do.
    static func pathSegment(_ text: String) -> Parsed<String> {
        let reserved = ["api", "healthz", "incidents", "maintenances", "metrics", "readyz", "v1", "v2"]
        if reserved.contains(text) {
            return .problem("\(text) is reserved: it would clash with an address of the server's own")
        }
        return key(text)
    }

    /// - Returns: the host name as `HostName` has it: in lower case and without a dot at its end.
    static func domain(_ text: String) -> Parsed<String> {
        let host = HostName.key(text)
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        let isHost = labels.allSatisfy { label in
            !label.isEmpty && label.utf8.count <= 63 && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy { byte in
                    (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z"))
                        || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")) || byte == UInt8(ascii: "-")
                }
        }
        guard isHost, host.utf8.count <= 253, !text.contains(":") else {
            return .problem("must be a host name without scheme, port or path, as in status.example.com")
        }
        return .value(host)
    }
}
