/// An address that a server listens on.
public enum SocketAddress: Hashable, Sendable, CustomStringConvertible {
    /// A host and a TCP port. An empty host means every IPv4 address; port 0 means any free port.
    case tcp(host: String, port: UInt16)
    /// A socket in the file system.
    case unix(path: String)

    /// The longest path, in bytes: the kernel's limit, minus room for the suffix of the temporary name.
    public static let longestPath = 101

    public init(host: String, port: UInt16) { self = .tcp(host: host, port: port) }

    /// Reads `host:port` or `unix:path`. An IPv6 address must be in brackets. An empty host means every IPv4 address.
    public init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = text.dropFirst("unix:".count)
            guard !path.isEmpty, path.utf8.count <= Self.longestPath, !path.utf8.contains(0) else { return nil }
            self = .unix(path: String(path))
            return
        }
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let port = text[text.index(after: colon)...]
        guard !port.isEmpty, port.utf8.allSatisfy(ASCII.isDigit), let number = UInt16(port) else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") || host.contains("[") || host.contains("]") {
            return nil
        }
        self.init(host: String(host), port: number)
    }

    /// Normalizes different spellings of an address. Does not resolve names.
    public var canonical: SocketAddress {
        switch self {
        case .tcp("", let port): .tcp(host: "0.0.0.0", port: port)
        case .tcp(let host, let port) where host.lowercased() == "localhost": .tcp(host: "127.0.0.1", port: port)
        case .tcp(let host, let port): .tcp(host: IPAddress(host)?.description ?? host.lowercased(), port: port)
        case .unix(let path):
            .unix(
                path: (path.hasPrefix("/") ? "/" : "")
                    + path.split(separator: "/").filter { $0 != "." }.joined(separator: "/"))
        }
    }

    /// Whether a server that listens on this address prevents another one from listening on `other`. Does not resolve
    /// names. Port 0 never conflicts.
    public func overlaps(_ other: SocketAddress) -> Bool {
        switch (canonical, other.canonical) {
        case (.tcp(let host, let port), .tcp(let otherHost, let otherPort)):
            port == otherPort && port != 0
                && (host == otherHost || Self.includes(host, otherHost) || Self.includes(otherHost, host))
        case (let own, let other): own == other
        }
    }

    /// Whether a socket that is bound to `bound` serves this address. Does not resolve names.
    public func agrees(with bound: SocketAddress) -> Bool {
        switch (canonical, bound.canonical) {
        case (.tcp(let host, let port), .tcp(let boundHost, let boundPort)):
            let all = ["0.0.0.0", "::"]
            let isName = IPAddress(host) == nil
            let isHost = isName || host == boundHost || (all.contains(host) && all.contains(boundHost))
            return port == 0 || (port == boundPort && isHost)
        case (let own, let bound): return own == bound
        }
    }

    /// Whether `all` means every address of a family that includes `one`. All of IPv6 includes all of IPv4.
    private static func includes(_ all: String, _ one: String) -> Bool {
        guard let address = IPAddress(one) else { return false }
        return all == "::" || (all == "0.0.0.0" && address.isIPv4)
    }

    /// The TCP port, if it has one.
    public var port: UInt16? {
        if case .tcp(_, let port) = self { port } else { nil }
    }

    public var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}
