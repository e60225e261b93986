/// The methods that the parser accepts: those registered with IANA. Every other method gets 501.
enum RequestMethod {
    /// - Throws: 501 for a method that is not served, for any target (RFC 9110 §15.6.2).
    static func check(_ method: Bytes) throws(HTTPFault) {
        if method.equals("GET") || isRegistered(method) { return }
        // CONNECT gets 501 for every target, because a client would take any success for a tunnel.
        if method.equals("CONNECT") { throw HTTPFault(501, "This server is not a proxy.") }
        throw .unknownMethod
    }

    /// The fault for a request line over its limit. Usually the target is too long (414); if the method is unknown, the
    /// method is the problem (501, RFC 9112 §3).
    /// - Parameter start: the first bytes of the line, one more than the limit allows.
    static func fault(ofTooLong start: Bytes) -> HTTPFault {
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

    /// All methods of the 2026 registry, except CONNECT, which is for proxies, and PRI, which starts HTTP/2.
    private static func isRegistered(_ method: Bytes) -> Bool {
        switch method.count {
        case 3: method.equals("PUT") || method.equals("ACL")
        case 4:
            method.equals("HEAD") || method.equals("POST") || method.equals("BIND") || method.equals("COPY")
                || method.equals("LINK") || method.equals("LOCK") || method.equals("MOVE")
        case 5:
            method.equals("PATCH") || method.equals("TRACE") || method.equals("QUERY") || method.equals("LABEL")
                || method.equals("MERGE") || method.equals("MKCOL")
        case 6:
            method.equals("DELETE") || method.equals("REBIND") || method.equals("REPORT") || method.equals("SEARCH")
                || method.equals("UNBIND") || method.equals("UNLINK") || method.equals("UNLOCK")
                || method.equals("UPDATE")
        case 7: method.equals("OPTIONS") || method.equals("CHECKIN")
        case 8: method.equals("CHECKOUT") || method.equals("PROPFIND")
        case 9: method.equals("PROPPATCH")
        case 10:
            method.equals("MKACTIVITY") || method.equals("MKCALENDAR") || method.equals("ORDERPATCH")
                || method.equals("UNCHECKOUT")
        case 11: method.equals("MKWORKSPACE")
        case 13: method.equals("MKREDIRECTREF")
        case 15: method.equals("VERSION-CONTROL")
        case 16: method.equals("BASELINE-CONTROL")
        case 17: method.equals("UPDATEREDIRECTREF")
        default: false
        }
    }
}
