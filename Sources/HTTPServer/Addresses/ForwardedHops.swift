/// The hops of a request as proxies report them, reduced to what they say about the client's own hop.
///
/// Each proxy appends what it saw, so the list is read from the right. The peer wrote the last entry. An entry further
/// left counts only if the address to its right is a trusted proxy.
///
/// This type receives the entries from the left, in the order of the request, so that it need not store them. After
/// each entry, its values are what a walk from the right would find if the list ended there.
struct ForwardedHops {
    /// The client's address. The walk from the right ends at the first entry that is not a trusted proxy. If that entry
    /// has no address, this is the address of the last proxy that the walk passed. Nil means the peer's address.
    private(set) var client: IPAddress?
    private(set) var isHTTPS: Bool?
    private(set) var host: ByteRange?
    /// Whether the nearest proxy names a sender, even if only as `unknown`.
    private(set) var reportsClient = false

    /// Adds the next entry.
    mutating func add(_ hop: ForwardedHop, proxies: TrustedProxies) {
        reportsClient = hop.node != nil
        if case .address(let address) = hop.node, proxies.contains(address) {
            // The walk continues past this proxy. Values found further left win, because they are nearer to the client.
            client = client ?? address
            isHTTPS = isHTTPS ?? hop.isHTTPS
            host = host ?? hop.host
        } else {
            // The walk ends here.
            if case .address(let address) = hop.node { client = address } else { client = nil }
            isHTTPS = hop.isHTTPS
            host = hop.host
        }
    }

    /// Sets the values that do not come from the list of hops.
    mutating func set(isHTTPS: Bool?, host: ByteRange?) {
        self.isHTTPS = isHTTPS
        self.host = host
    }
}

/// One proxy's report about the request it received.
struct ForwardedHop: Equatable {
    /// The sender; nil if the proxy does not report one.
    var node: ForwardedNode?
    /// Whether the request came by https; nil if the proxy does not say, or names a scheme other than http and https.
    var isHTTPS: Bool?
    /// The requested host, as offsets into the head.
    var host: ByteRange?

    /// Whether a scheme is https; nil if it is neither http nor https.
    static func isHTTPS(_ scheme: Bytes) -> Bool? {
        if scheme.equalsIgnoringCase("https") { return true }
        return scheme.equalsIgnoringCase("http") ? false : nil
    }
}
