/// A trusted proxy's report about a request: the client's address, the scheme and the host.
///
/// Two kinds of fields report it: Forwarded (RFC 7239), and the older X-Forwarded-For, -Proto and -Host. A proxy that
/// sets one kind usually passes the other on as the client sent it. The server cannot see which kind the proxy sets. So
/// if both kinds report a value, the values must agree, or the request is refused. If only one kind reports a value,
/// the server trusts it. A trusted proxy must therefore set or remove the fields of one kind, and remove those of the
/// other.
struct ForwardedFields: Equatable {
    /// The client's address: the peer's if no field reports one; nil if that peer is on a Unix socket.
    var client: IPAddress?
    /// Whether the client used https; nil if no field reports it.
    var isHTTPS: Bool?
    /// The host the client asked for, as an authority; nil if no field reports it.
    var host: ByteRange?

    /// - Parameters:
    ///   - peer: the address of the trusted proxy that sent the request; nil on a Unix socket.
    /// - Throws: 400 if Forwarded or the last X-Forwarded-Host is malformed, or if the two kinds disagree.
    init(_ request: RequestView, peer: IPAddress?, proxies: TrustedProxies) throws(HTTPFault) {
        let standard = try ForwardedHops(forwardedFieldOf: request, proxies: proxies)
        let customary = try ForwardedHops(xForwardedFieldsOf: request, proxies: proxies)
        let clients = (standard.client ?? peer, customary.client ?? peer)
        if standard.reportsClient, customary.reportsClient, clients.0 != clients.1 {
            throw Self.disagreement("X-Forwarded-For")
        }
        client = standard.reportsClient ? clients.0 : clients.1
        if let one = standard.isHTTPS, let other = customary.isHTTPS, one != other {
            throw Self.disagreement("X-Forwarded-Proto")
        }
        isHTTPS = standard.isHTTPS ?? customary.isHTTPS
        if let one = standard.host, let other = customary.host,
            !HostName.areSame(request.bytes[one], request.bytes[other])
        {
            throw Self.disagreement("X-Forwarded-Host")
        }
        host = standard.host ?? customary.host
    }

    private static func disagreement(_ field: StaticString) -> HTTPFault {
        .badRequest("The Forwarded and \(field) fields disagree.")
    }
}

extension ForwardedHops {
    /// Reads all lines of the Forwarded field as one list.
    fileprivate init(forwardedFieldOf request: RequestView, proxies: TrustedProxies) throws(HTTPFault) {
        var hops = ForwardedHops()
        var fault: HTTPFault?
        request.forEachValue(of: "forwarded") { line in
            do throws(HTTPFault) {
                var parser = ForwardedParser(line, offset: Int(request.range(of: line).start))
                while let hop = try parser.next() { hops.add(hop, proxies: proxies) }
            } catch {
                fault = error
            }
            return fault == nil
        }
        if let fault { throw fault }
        self = hops
    }

    /// Reads the X-Forwarded fields. X-Forwarded-For is a list of hops. Proto and Host are single values about the same
    /// hop, which is how Caddy sets them and how nginx is usually configured.
    ///
    /// If Proto or Host has several values, the last one counts, as in Rack and Caddy: the nearest proxy wrote it.
    /// Express takes the first one, which the client controls if a proxy appends. Schemes other than http and https are
    /// ignored. If the last host is malformed, the request is refused.
    fileprivate init(xForwardedFieldsOf request: RequestView, proxies: TrustedProxies) throws(HTTPFault) {
        var hops = ForwardedHops()
        request.forEachListElement(of: "x-forwarded-for") { entry in
            hops.add(ForwardedHop(node: ForwardedNode(entry: entry)), proxies: proxies)
        }
        var isHTTPS: Bool?
        request.forEachListElement(of: "x-forwarded-proto") { isHTTPS = ForwardedHop.isHTTPS($0) }
        var host: Bytes?
        request.forEachListElement(of: "x-forwarded-host") { host = $0 }
        if let host, !RequestTarget.isAuthority(host) {
            throw .badRequest("The X-Forwarded-Host field is malformed.")
        }
        hops.set(isHTTPS: isHTTPS, host: host.map(request.range))
        self = hops
    }
}

extension RequestView {
    /// Calls `body` with each element of a list field, over all its lines, without surrounding blanks. Empty elements
    /// are skipped (RFC 9110 §5.6.1.2).
    fileprivate func forEachListElement(of lowercaseName: StaticString, _ body: (Bytes) -> Void) {
        forEachValue(of: lowercaseName) { line in
            var start = 0
            while start <= line.count {
                var end = start
                while end < line.count, line[end] != UInt8(ascii: ",") { end += 1 }
                let element = line[ByteRange(start, end)].trimmed
                if element.count > 0 { body(element) }
                start = end + 1
            }
            return true
        }
    }

    /// The offsets of a part of the head.
    fileprivate func range(of part: Bytes) -> ByteRange {
        guard let base = bytes.baseAddress, let start = part.baseAddress else { return .empty }
        let offset = base.distance(to: start)
        return ByteRange(offset, offset + part.count)
    }
}
