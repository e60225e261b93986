/// What a trusted proxy tells of a request: who made it, whether by https, and for which host.
///
/// Two kinds of fields say so, Forwarded (RFC 7239) and the older X-Forwarded-For, -Proto and -Host. A proxy that sets one
/// kind mostly passes the other on as a client sent it, and which kind it sets cannot be seen from here. So where both
/// kinds tell a thing they must tell the same, or the request is refused; what only one kind tells is believed. A trusted
/// proxy must therefore set, or remove, the fields of the one kind that it is used with, and remove those of the other.
struct ForwardedFields: Equatable {
    /// Who made the request: the peer, if nothing else is told; nil for one on a Unix socket.
    var client: IPAddress?
    /// Whether the client used https; nil if that is not told.
    var isHTTPS: Bool?
    /// The host the client asked for, an authority; nil if that is not told.
    var host: ByteRange?

    /// - Parameters:
    ///   - peer: who sent the request, a trusted proxy; nil for one on a Unix socket.
    /// - Throws: 400 if a field that counts is malformed, or the two kinds disagree.
    init(_ request: RequestView, peer: IPAddress?, proxies: TrustedProxies) throws(HTTPFault) {
        let standard = try ForwardedHops(forwardedFieldOf: request, proxies: proxies)
        let customary = try ForwardedHops(xForwardedFieldsOf: request, proxies: proxies)
        let clients = (standard.client ?? peer, customary.client ?? peer)
        if standard.tellsClient, customary.tellsClient, clients.0 != clients.1 {
            throw Self.disagreement("X-Forwarded-For")
        }
        client = standard.tellsClient ? clients.0 : clients.1
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
    /// What the lines of the Forwarded field tell; together they are one list.
    fileprivate init(forwardedFieldOf request: RequestView, proxies: TrustedProxies) throws(HTTPFault) {
        var hops = ForwardedHops()
        var fault: HTTPFault?
        request.forEachValue(of: "forwarded") { line in
            do throws(HTTPFault) {
                var parser = ForwardedParser(line, offset: Int(request.range(of: line).start))
                while let hop = try parser.next() { hops.pass(hop, proxies: proxies) }
            } catch {
                fault = error
            }
            return fault == nil
        }
        if let fault { throw fault }
        self = hops
    }

    /// What the X-Forwarded fields tell. X-Forwarded-For is a list of hops. Proto and Host are single values, about the
    /// same hop, as nginx is configured to set them and as Caddy does.
    ///
    /// Should there be several, the last one counts, as it does for Rack and Caddy: it is the one that the nearest proxy
    /// wrote. Express takes the first, which is the client's own wherever a proxy appends. A scheme other than http and
    /// https tells nothing; a last host that is none is refused.
    fileprivate init(xForwardedFieldsOf request: RequestView, proxies: TrustedProxies) throws(HTTPFault) {
        var hops = ForwardedHops()
        request.forEachListElement(of: "x-forwarded-for") { entry in
            hops.pass(ForwardedHop(node: ForwardedNode(entry: entry)), proxies: proxies)
        }
        var isHTTPS: Bool?
        request.forEachListElement(of: "x-forwarded-proto") { isHTTPS = ForwardedHop.isHTTPS($0) }
        var host: Bytes?
        request.forEachListElement(of: "x-forwarded-host") { host = $0 }
        if let host, !RequestTarget.isAuthority(host) {
            throw .badRequest("The X-Forwarded-Host field is malformed.")
        }
        hops.tell(isHTTPS: isHTTPS, host: host.map(request.range))
        self = hops
    }
}

extension RequestView {
    /// Calls `body` with each element of a field that is a list, over all its lines, without blanks around it. Empty
    /// elements are left out (RFC 9110 §5.6.1.2).
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

    /// Where a part of the head lies in it.
    fileprivate func range(of part: Bytes) -> ByteRange {
        guard let base = bytes.baseAddress, let start = part.baseAddress else { return .empty }
        let offset = base.distance(to: start)
        return ByteRange(offset, offset + part.count)
    }
}
