import HTTPTypes
import Testing

@testable import HTTPServer

@Suite("Requests and responses as values")
struct RequestTests {
    @Test(
        "A target is split at its first question mark",
        arguments: [
            ("/a/b", "/a/b", nil), ("/a?b=c", "/a", "b=c"), ("/a?", "/a", ""), ("/?a?b", "/", "a?b"), ("*", "*", nil),
        ] as [(String, String, String?)])
    func target(_ target: String, _ path: String, _ query: String?) {
        let request = Request(head: HTTPRequest(method: .get, scheme: nil, authority: nil, path: target))
        #expect(request.path == path)
        #expect(request.query.map(String.init) == query)
    }

    @Test("A prepared response is a status line, the fields, their end, and the body")
    func prepared() {
        let response = PreparedResponse(
            .ok, fields: [.contentType: "text/plain", .server: "x"], body: Array("hey".utf8))
        #expect(response.statusLine.elementsEqual("HTTP/1.1 200 OK\r\n".utf8))
        let fields = "Content-Type: text/plain\r\nServer: x\r\nContent-Length: 3\r\n\r\n"
        #expect(sent(response) == fields + "hey")
        #expect(sent(response, withBody: false) == fields)
    }

    @Test("A body is sent completely, short or long", arguments: [0, 1, 16_384, 16_385, 100_000])
    func bodies(_ count: Int) {
        let body = String(repeating: "x", count: count)
        let response = PreparedResponse(.ok, fields: [:], body: Array(body.utf8))
        let fields = "Content-Length: \(count)\r\n\r\n"
        #expect(sent(response) == fields + body)
        #expect(sent(response, withBody: false) == fields)
    }

    @Test("A status that has no body gets none, and no Content-Length", arguments: [204, 304])
    func bodiless(_ code: Int) {
        let response = PreparedResponse(HTTPResponse.Status(code: code), fields: [:], body: Array("hey".utf8))
        #expect(sent(response) == "\r\n")
    }

    @Test("A response of unknown length has no Content-Length, and the engine frames its body")
    func openEnded() {
        let response = PreparedResponse(Response(.ok, fields: [.server: "x"], body: [0x31]), isOpenEnded: true)
        #expect(sent(response) == "Server: x\r\n\r\n")
    }

    @Test("A handler cannot set the engine's own fields")
    func ownedFields() {
        let fields: HTTPFields = [
            .contentLength: "99", .connection: "upgrade", .date: "never", .transferEncoding: "chunked", .vary: "x",
        ]
        #expect(sent(PreparedResponse(.ok, fields: fields)) == "Vary: x\r\nContent-Length: 0\r\n\r\n")
    }

    /// The bytes after the status line; an answer to HEAD has no body.
    private func sent(_ response: PreparedResponse, withBody isBodySent: Bool = true) -> String {
        var bytes: [UInt8] = []
        response.withFields(andBody: isBodySent) { bytes += $0 }
        if isBodySent { bytes += response.longBody }
        return String(decoding: bytes, as: UTF8.self)
    }
}
