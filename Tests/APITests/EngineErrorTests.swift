import HTTPServer
import HTTPTypes
import JSONInput
import PublicPages
import StatusPages
import TestSupport
import Testing

@testable import allclear

/// A request that the HTTP engine rejects.
private struct RefusedCase: Sendable, CustomTestStringConvertible {
    let status: Int
    let label: String
    let bytes: String
    var configure: @Sendable (inout Configuration) -> Void = { _ in }

    var testDescription: String { "\(status): \(label)" }
}

private let host = "Host: status.test\r\n"
private let page = "/acme/api/v1/summary"
private let long = String(repeating: "x", count: 40_000)

private let cases = [
    RefusedCase(status: 400, label: "no version", bytes: "GET \(page)\r\n\r\n"),
    RefusedCase(status: 400, label: "not HTTP", bytes: "\u{16}\u{03}\u{01}"),
    RefusedCase(status: 400, label: "no Host", bytes: "GET \(page) HTTP/1.1\r\n\r\n"),
    RefusedCase(
        status: 400, label: "a malformed chunk",
        bytes: "POST \(page) HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n5;\r\nhello\r\n0\r\n\r\n"),
    RefusedCase(status: 408, label: "half a head", bytes: "GET \(page) HTTP/1.1\r\n") { $0.http.headTimeout = 1 },
    RefusedCase(
        status: 408, label: "half a body", bytes: "POST \(page) HTTP/1.1\r\n\(host)Content-Length: 5\r\n\r\nhel"
    ) { $0.http.bodyTimeout = 1 },
    RefusedCase(status: 414, label: "a long target", bytes: "GET /\(long) HTTP/1.1\r\n\(host)\r\n"),
    RefusedCase(
        status: 417, label: "an expectation", bytes: "GET \(page) HTTP/1.1\r\n\(host)Expect: miracles\r\n\r\n"),
    RefusedCase(status: 431, label: "a long field", bytes: "GET \(page) HTTP/1.1\r\n\(host)X: \(long)\r\n\r\n"),
    RefusedCase(
        status: 431, label: "many fields",
        bytes: "GET \(page) HTTP/1.1\r\n\(host)\(String(repeating: "X: a\r\n", count: 200))\r\n"),
    RefusedCase(
        status: 431, label: "long trailers",
        bytes: "POST \(page) HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n0\r\nX: \(long)\r\n\r\n"),
    RefusedCase(status: 501, label: "an unknown method", bytes: "BREW \(page) HTTP/1.1\r\n\(host)\r\n"),
    RefusedCase(status: 501, label: "a long method", bytes: "\(long) \(page) HTTP/1.1\r\n\(host)\r\n"),
    RefusedCase(status: 501, label: "a tunnel", bytes: "CONNECT status.test:443 HTTP/1.1\r\n\(host)\r\n"),
    RefusedCase(
        status: 501, label: "a transfer coding",
        bytes: "POST \(page) HTTP/1.1\r\n\(host)Transfer-Encoding: gzip, chunked\r\n\r\n"),
    RefusedCase(
        status: 503, label: "no free connection", bytes: "GET \(page) HTTP/1.1\r\n\(host)\r\n"
    ) { $0.http.maxConnections = 0 },
    RefusedCase(
        status: 503, label: "a full queue",
        bytes: "GET /v2/status_pages HTTP/1.1\r\n\(host)Connection: close\r\n\r\n"
    ) { $0.http.maxWaitingRequests = 0 },
    RefusedCase(
        status: 503, label: "no room for waiting readers",
        bytes: "GET \(page)?wait=5 HTTP/1.1\r\n\(host)If-None-Match: *\r\n\r\n"
    ) { $0.live.maxWaiting = 0 },
    RefusedCase(status: 505, label: "another version", bytes: "GET \(page) HTTP/2.0\r\n\(host)\r\n"),
]

@Suite("Errors of the HTTP engine")
struct EngineErrorTests {
    @Test("Engine errors have the same body as all others, readable for scripts of any origin", arguments: cases)
    private func engineFault(_ refused: RefusedCase) throws {
        let server = try TestServer(.socket, configure: refused.configure)
        defer { server.remove() }
        let response = try server.exchange(refused.bytes)
        #expect(response.status == refused.status)
        #expect(response.fields[.contentType] == "application/json")
        #expect(response.fields[.accessControlAllowOrigin] == "*")
        #expect(response.json("/status") == .integer(refused.status))
        #expect(response.count("/errors") == 1)
        #expect(response.string("/request_id").flatMap(ULID.init) != nil)
        #expect(response.string("/request_id") == response.field("X-Request-ID"))
        // The OpenAPI document describes this error.
        #expect(try server.described().problems(.get, "/nowhere", response) == [])
    }

    @Test("A monitoring path rejects other methods with the same body", arguments: Transport.allCases)
    func monitoring(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        for path in ["/healthz", "/readyz", "/metrics"] {
            let response = try server.call(.post, path, token: nil)
            #expect(response.errors == ["method_not_allowed"])
            #expect(response.fields[.allow] == "GET, HEAD")
            #expect(response.string("/request_id") == response.field("X-Request-ID"))
        }
    }
}

@Suite("Requests to the whole server (OPTIONS *)")
struct ServerOptionsTests {
    @Test(
        "OPTIONS * lists the methods, with a request id and without a key",
        arguments: ["OPTIONS * HTTP/1.1", "OPTIONS http://status.test HTTP/1.1", "OPTIONS * HTTP/1.0"])
    func options(line: String) throws {
        let server = try TestServer(.socket)
        defer { server.remove() }
        let response = try server.exchange("\(line)\r\n\(host)Connection: close\r\n\r\n")
        #expect(response.status == 204)
        #expect(response.body.isEmpty)
        #expect(response.fields[.allow] == "GET, HEAD, POST, PUT, DELETE, OPTIONS")
        #expect(response.fields[.contentLength] == nil)
        #expect(response.field("X-Request-ID").flatMap(ULID.init) != nil)
    }

    @Test("A target in absolute form without a path asks for the root")
    func absolute() throws {
        let server = try TestServer(.socket)
        defer { server.remove() }
        for target in ["http://status.test", "http://status.test?x=1", "http://status.test/?x=1"] {
            let response = try server.exchange("GET \(target) HTTP/1.1\r\n\(host)Connection: close\r\n\r\n")
            #expect(response.errors == ["not_found"])
            #expect(server.log.lines.last?.metadata["path"] == "/")
        }
    }
}
