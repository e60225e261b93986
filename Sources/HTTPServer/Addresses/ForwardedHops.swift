/// The way a request came, as the proxies on it tell: what they say of the hop that the client made.
///
/// Each proxy appends what it saw, so a list is to be trusted from the right, and only as far as those are who wrote it:
/// the last entry is the peer's, and one further left counts if the address to its right is a trusted proxy's. Here the
/// list is taken in from the left, as it stands in the request, so that it need not be kept: at each entry the value is
/// what the walk from the right would find if the list ended there.
struct ForwardedHops {
    /// The first address from the right that is no trusted proxy's, or the last trusted one before an entry that is no
    /// address; nil if that is the peer's.
    private(set) var client: IPAddress?
    private(set) var isHTTPS: Bool?
    private(set) var host: ByteRange?
    /// Whether the nearest proxy tells whom it has the request from, be it that it does not know.
    private(set) var tellsClient = false

    /// Takes in the next entry.
    mutating func pass(_ hop: ForwardedHop, proxies: TrustedProxies) {
        tellsClient = hop.node != nil
        if case .address(let address) = hop.node, proxies.contains(address) {
            // The walk goes on past it. What was found beyond counts more than what it says, being nearer to the client.
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

    /// Takes in what is told apart from the list.
    mutating func tell(isHTTPS: Bool?, host: ByteRange?) {
        self.isHTTPS = isHTTPS
        self.host = host
    }
}

/// What one proxy tells of the request as it got it.
struct ForwardedHop: Equatable {
    /// Whom it got it from; nil if it does not tell.
    var node: ForwardedNode?
    /// Whether it came by https; nil if it does not tell, or names another scheme.
    var isHTTPS: Bool?
    /// The host it was for, as offsets into the head.
    var host: ByteRange?

    /// Whether a scheme is https; nil for one that is not http either.
    static func isHTTPS(_ scheme: Bytes) -> Bool? {
        if scheme.equalsIgnoringCase("https") { return true }
        return scheme.equalsIgnoringCase("http") ? false : nil
    }
}
