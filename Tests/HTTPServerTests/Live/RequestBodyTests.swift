import HTTPTypes
import Testing

@testable import HTTPServer

@Suite("Request bodies over a connection")
struct RequestBodyTests {
    private static let head = "POST /a HTTP/1.1\r\nHost: a.example\r\n"

    @Test("RFC 9112 §6.2: a body with a length arrives completely")
    func length() async throws {
        try await withServer { server in
            let body = String(repeating: "0123456789", count: 50_000)
            let answer = try server.answer(to: "\(Self.head)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
            #expect(answer.text == "POST /a \(body)")
        }
    }

    @Test("RFC 9112 §7.1: a chunked body arrives completely")
    func chunks() async throws {
        try await withServer { server in
            let client = try server.connect()
            try client.send("\(Self.head)Transfer-Encoding: chunked\r\n\r\n")
            for _ in 0..<100 { try client.send("a;x=y\r\n0123456789\r\n") }
            try client.send("0\r\nTrailer: x\r\n\r\n")
            #expect(try client.answer().text == "POST /a " + String(repeating: "0123456789", count: 100))
        }
    }

    @Test(
        "RFC 9110 §10.1.1: a client with 100-continue gets 100",
        arguments: ["Content-Length: 2", "Transfer-Encoding: chunked"])
    func expectation(_ framing: String) async throws {
        try await withServer { server in
            let client = try server.connect()
            try client.send("\(Self.head)\(framing)\r\nExpect: 100-continue\r\n\r\n")
            let interim = try client.answer()
            #expect(interim.status == 100)
            #expect(interim.fields.isEmpty)
            try client.send(framing.hasSuffix("chunked") ? "2\r\nhi\r\n0\r\n\r\n" : "hi")
            #expect(try client.answer().text == "POST /a hi")
        }
    }

    @Test("RFC 9110 §10.1.1: an HTTP/1.0 client with 100-continue gets only the final response")
    func oldExpectation() async throws {
        try await withServer { server in
            let client = try server.connect()
            try client.send("POST /a HTTP/1.0\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            try client.send("hi")
            #expect(try client.answer().text == "POST /a hi")
            #expect(try client.rest() == "")
        }
    }

    @Test("RFC 9110 §10.1.1: a client with 100-continue gets no 100 for a body that is too large")
    func refusedExpectation() async throws {
        try await withServer { server in
            let client = try server.connect()
            try client.send("\(Self.head)Content-Length: 999999999\r\nExpect: 100-continue\r\n\r\n")
            let answer = try client.answer()
            #expect(answer.status == 413)
            #expect(answer.fields["connection"] == "close")
            client.finishSending()
            #expect(try client.rest() == "")
        }
    }

    @Test(
        "RFC 9110 §15.5.14, 9112 §9.6: a body over the limit is reported to the handler, and its response arrives before the close"
    )
    func tooLarge() async throws {
        try await withServer(.testing { $0.maxBodyBytes = 1_000 }) { server in
            let client = try server.connect()
            try client.send("\(Self.head)Content-Length: 500000\r\n\r\n")
            // Unread data would make the kernel reset the connection and lose the answer.
            try client.send(String(repeating: "a", count: 500_000))
            let answer = try client.answer()
            #expect(answer.status == 413)
            #expect(answer.text == "at most 1000")
            #expect(answer.fields["connection"] == "close")
            client.finishSending()
            #expect(try client.rest() == "")
        }
    }

    @Test("RFC 9110 §15.5.14: chunks over the limit are reported to the handler as well")
    func tooManyChunks() async throws {
        try await withServer(.testing { $0.maxBodyBytes = 1_000 }) { server in
            let client = try server.connect()
            let chunk = "3e8\r\n" + String(repeating: "a", count: 1_000) + "\r\n"
            try client.send("\(Self.head)Transfer-Encoding: chunked\r\n\r\n" + chunk + chunk)
            #expect(try client.answer().status == 413)
            client.finishSending()
            #expect(try client.rest() == "")
        }
    }

    @Test("RFC 9112 §7.1: malformed chunks are rejected")
    func malformedChunks() async throws {
        try await withServer { server in
            let client = try server.connect()
            try client.send("\(Self.head)Transfer-Encoding: chunked\r\n\r\nxyz\r\n")
            let answer = try client.answer()
            #expect(answer.status == 400)
            #expect(answer.fields["connection"] == "close")
            #expect(try client.rest() == "")
        }
    }

    @Test("A handler gets the head and the peer's address")
    func request() async throws {
        let mailbox = Mailbox()
        try await withServer(handler: mailbox) { server in
            let client = try server.connect()
            try client.send("PUT /a?b=c HTTP/1.1\r\nHost: a.example:1\r\nX-Test: 1\r\nX-Test: 2\r\n\r\n")
            let (request, respond) = try #require(mailbox.next())
            #expect(request.head.method == .put)
            #expect(request.head.authority == "a.example:1")
            #expect(request.path == "/a")
            #expect(request.query == "b=c")
            #expect(request.head.headerFields.map(\.value) == ["a.example:1", "1", "2"])
            #expect(request.remoteAddress == "127.0.0.1")
            respond(.text("done"))
            #expect(try client.answer().text == "done")
        }
    }
}
