/// The methods that the parser accepts: those registered with IANA. Every other method gets 501.
enum RequestMethod {
    /// - Throws: 501 for a method that is not served, for any target (RFC 9110 §15.6.2).
    static func check(_ method: Bytes) throws(HTTPFault) {
        if method.equals("GET") || registered.contains(where: method.equals) { return }
        // CONNECT gets 501 for every target, because a client would take any success for a tunnel.
        if method.equals("CONNECT") { throw HTTPFault(501, "This server is not a proxy.") }
        throw .unknownMethod
    }

    /// The fault for a request line over its limit. Usually the target is too long (414); if the method is unknown, the
    /// method is the problem (501, RFC 9112 §3).
    /// - Parameter start: the first bytes of the line, one more than the limit allows.
    static func fault(ofLongLine start: Bytes) -> HTTPFault {
        var end = 0
        while end < start.count, ASCII.isToken(start[end]) { end += 1 }
        if end == start.count { return .unknownMethod }
        guard start[end] == ASCII.space else { return .malformedMethod }
        do throws(HTTPFault) {
            try check(start[ByteRange(0, end)])
            return .targetTooLong
        } catch {
            return error
        }
    }

    /// All methods of the 2026 registry, except GET (checked first), CONNECT (for proxies) and PRI (starts HTTP/2). The
    /// usual methods come first.
    private static let registered: [StaticString] = [
        "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "ACL", "BASELINE-CONTROL", "BIND", "CHECKIN",
        "CHECKOUT", "COPY", "LABEL", "LINK", "LOCK", "MERGE", "MKACTIVITY", "MKCALENDAR", "MKCOL", "MKREDIRECTREF",
        "MKWORKSPACE", "MOVE", "ORDERPATCH", "PROPFIND", "PROPPATCH", "QUERY", "REBIND", "REPORT", "SEARCH", "TRACE",
        "UNBIND", "UNCHECKOUT", "UNLINK", "UNLOCK", "UPDATE", "UPDATEREDIRECTREF", "VERSION-CONTROL",
    ]
}
