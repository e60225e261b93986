import Testing

@testable import HTTPServer

@Suite("Refusals")
struct RefusalTests {
    private static let request = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"

    @Test(
        "RFC 9112 §9.6: a malformed request gets the handler's error response, and the connection closes",
        arguments: [
            (400, "GET /\r\n\r\n"), (400, "\u{16}\u{03}\u{01}"), (400, "GET / HTTP/1.1\r\n\r\n"),
            (414, "GET /" + String(repeating: "a", count: 10_000)),
            (431, "GET / HTTP/1.1\r\nX: " + String(repeating: "a", count: 40_000)),
            (417, "GET / HTTP/1.1\r\nHost: a\r\nExpect: cake\r\n\r\n"),
            (501, "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n"), (505, "GET / HTTP/3.0\r\nHost: a\r\n\r\n"),
        ])
    func malformed(_ status: Int, _ request: String) async throws {
        try await withServer { server in
            let client = try server.connect()
            try client.send(request)
            let answer = try client.answer()
            #expect(answer.status == status)
            #expect(answer.text.hasPrefix("fault: "))
            #expect(answer.fields["connection"] == "close")
            #expect(try client.rest() == "")
        }
    }

    @Test("RFC 9110 §6.6.1: an error response has a date", arguments: ["GET /\r\n\r\n", "GET / HTTP/1.0\r\nX\r\n\r\n"])
    func date(_ request: String) async throws {
        try await withServer { server in
            let answer = try server.answer(to: request)
            #expect(answer.fields["date"].flatMap { HTTPDate.parse($0) } != nil)
        }
    }

    @Test("RFC 9110 §9.3.2: a rejected HEAD gets only the head of the error")
    func head() async throws {
        try await withServer { server in
            let client = try server.connect()
            try client.send("HEAD / HTTP/1.1\r\n\r\n")
            let answer = try client.answer(isHEAD: true)
            #expect(answer.status == 400)
            #expect(answer.fields["content-length"].flatMap { Int($0) } ?? 0 > 0)
            #expect(try client.rest() == "")
        }
    }

    @Test(
        "RFC 9110 §15.5.9: a head that does not end in time is rejected",
        arguments: ["G", "GET / HTTP/1.1\r\nHost: a.exa"])
    func headTimeout(_ start: String) async throws {
        try await withServer(.testing { $0.headTimeout = 1 }) { server in
            let client = try server.connect()
            try client.send(start)
            let answer = try client.answer()
            #expect(answer.status == 408)
            #expect(answer.fields["connection"] == "close")
            #expect(try client.rest() == "")
        }
    }

    @Test("RFC 9110 §15.5.9: a body that does not end in time is rejected")
    func bodyTimeout() async throws {
        try await withServer(.testing { $0.bodyTimeout = 1 }) { server in
            let client = try server.connect()
            try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel")
            #expect(try client.answer().status == 408)
            #expect(try client.rest() == "")
        }
    }

    @Test("RFC 9112 §9.5: an idle connection closes without a response, before the first request and after it")
    func idleTimeout() async throws {
        try await withServer(.testing { $0.idleTimeout = 1 }) { server in
            #expect(try server.connect().rest() == "")
            let client = try server.connect()
            try client.send(Self.request)
            #expect(try client.answer().status == 200)
            #expect(try client.rest() == "")
        }
    }

    @Test("A connection with a request in progress is not idle")
    func handledTimeout() async throws {
        let mailbox = Mailbox()
        let settings = ServerSettings.testing {
            $0.idleTimeout = 1
            $0.headTimeout = 1
            $0.bodyTimeout = 1
        }
        try await withServer(settings, handler: mailbox) { server in
            let idle = try server.connect()
            let client = try server.connect()
            try client.send(Self.request)
            let (_, respond) = try #require(mailbox.next())
            // The other connection has been open for at least as long as the idle one.
            #expect(try idle.rest() == "")
            #expect(try server.connect().rest() == "")
            respond(.text("late"))
            #expect(try client.answer().text == "late")
        }
    }

    @Test("A request whose responder is dropped gets 500, and the connection stays open")
    func dropped() async throws {
        let handler = ClosureHandler { request, respond in
            if request.path != "/dropped" { respond(.text("kept")) }
        }
        try await withServer(handler: handler) { server in
            let client = try server.connect()
            try client.send("GET /dropped HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.answer().status == 500)
            try client.send(Self.request)
            #expect(try client.answer().text == "kept")
        }
    }
}
