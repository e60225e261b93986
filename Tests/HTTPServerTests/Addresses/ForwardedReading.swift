import Testing

@testable import HTTPServer

/// The report in a trusted proxy's fields, as values that outlive the request.
struct ForwardedFacts: Equatable, Sendable {
    /// nil for a client on a Unix socket.
    var client: String? = "10.0.0.1"
    var isHTTPS: Bool?
    var host: String?
}

enum ForwardedOutcome: Equatable, Sendable {
    case read(ForwardedFacts)
    case refused(HTTPFault)

    static func read(client: String? = "10.0.0.1", isHTTPS: Bool? = nil, host: String? = nil) -> ForwardedOutcome {
        .read(ForwardedFacts(client: client, isHTTPS: isHTTPS, host: host))
    }

    static func refused(_ reason: String) -> ForwardedOutcome { .refused(HTTPFault(400, reason)) }
}

/// Reads the field lines of a request from `peer`, which by default is one of several trusted proxies.
func readForwarded(
    _ lines: [String], peer: String? = "10.0.0.1", proxies: [String] = ["10.0.0.0/8", "2001:db8:aa::/48", "unix"]
) throws -> ForwardedOutcome {
    let head = (["GET / HTTP/1.1", "Host: a.example"] + lines + ["", ""]).joined(separator: "\r\n")
    return try readForwarded(
        head: Array(head.utf8), peer: peer.map { try #require(IPAddress($0)) },
        proxies: TrustedProxies(reading: proxies))
}

/// Reads a whole head.
func readForwarded(head: [UInt8], peer: IPAddress?, proxies: TrustedProxies) throws -> ForwardedOutcome {
    let parser = RequestParser(limits: .usual)
    return try head.withUnsafeBufferPointer { bytes in
        let view = try parser.parse(bytes)
        do throws(HTTPFault) {
            let fields = try ForwardedFields(view, peer: peer, proxies: proxies)
            return .read(
                client: fields.client?.description, isHTTPS: fields.isHTTPS, host: fields.host.map { bytes[$0].string })
        } catch {
            return .refused(error)
        }
    }
}
