import HTTPTypes
import Testing

@testable import HTTPServer

@Suite("Requests and responses as values")
struct RequestTests {
    @Test(
        "A target is taken apart at its first question mark",
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
        let expected = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nServer: x\r\nContent-Length: 3\r\n\r\nhey"
        #expect(String(decoding: response.head + response.body, as: UTF8.self) == expected)
        #expect(response.head[..<response.statusLineEnd].elementsEqual("HTTP/1.1 200 OK\r\n".utf8))
    }

    @Test("A status that has no body gets none, and no Content-Length", arguments: [204, 304])
    func bodiless(_ code: Int) {
        let response = PreparedResponse(HTTPResponse.Status(code: code), fields: [:], body: Array("hey".utf8))
        #expect(response.body.isEmpty)
        #expect(!String(decoding: response.head, as: UTF8.self).contains("Content-Length"))
    }

    @Test("A response whose end is not known has no Content-Length")
    func openEnded() {
        let response = PreparedResponse(Response(.ok, fields: [.server: "x"], body: [1]), isOpenEnded: true)
        #expect(String(decoding: response.head, as: UTF8.self) == "HTTP/1.1 200 OK\r\nServer: x\r\n\r\n")
        #expect(response.body == [1])
    }

    @Test("Fields that are the engine's own are not a handler's to set")
    func ownedFields() {
        let fields: HTTPFields = [
            .contentLength: "99", .connection: "upgrade", .date: "never", .transferEncoding: "chunked", .vary: "x",
        ]
        let text = String(decoding: PreparedResponse(.ok, fields: fields).head, as: UTF8.self)
        #expect(text == "HTTP/1.1 200 OK\r\nVary: x\r\nContent-Length: 0\r\n\r\n")
    }
}
