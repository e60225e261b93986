import Logging
import TestSupport
import Testing

@testable import HTTPServer

@Suite("New settings while the server runs")
struct NewSettingsTests {
    private static func get(_ target: String, _ fields: String = "") -> String {
        "GET \(target) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n"
    }

    /// Changes the settings that `withServer` started with.
    private func use(_ server: TestServer, _ change: (inout ServerSettings) -> Void) {
        server.server.use(.testing(eventLoops: 1, change))
    }

    @Test("New head limits apply to the next request of an open connection, up and down")
    func heads() async throws {
        try await withServer(.testing(eventLoops: 1)) { server in
            let fields = (0..<150).map { "A\($0): b\r\n" }.joined()
            #expect(try server.answer(to: Self.get("/inline", fields)).status == 431)
            let kept = try server.connect()
            try kept.send(Self.get("/inline"))
            #expect(try kept.answer().status == 200)
            use(server) { $0.maxFields = 200 }
            try kept.send(Self.get("/inline", fields))
            #expect(try kept.answer().status == 200)
            use(server) { $0.maxRequestLineBytes = 64 }
            try kept.send(Self.get("/inline/\(String(repeating: "x", count: 60))"))
            #expect(try kept.answer().status == 414)
        }
    }

    @Test("A body in progress keeps its limit; the next one has the new limit")
    func bodies() async throws {
        try await withServer(.testing(eventLoops: 1) { $0.maxBodyBytes = 20 }) { server in
            let client = try server.connect()
            let head = "POST /handled HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
            // The 100 shows that the server has parsed the head.
            try client.send("\(head)Expect: 100-continue\r\n\r\n")
            #expect(try client.answer().status == 100)
            use(server) { $0.maxBodyBytes = 10 }
            try client.send("f\r\n123456789012345\r\n0\r\n\r\n")
            #expect(try client.answer().text == "POST /handled 123456789012345")
            try client.send("\(head)\r\nf\r\n123456789012345\r\n0\r\n\r\n")
            let refused = try client.answer()
            #expect(refused.status == 413)
            #expect(refused.text == "at most 10")
        }
    }

    @Test("Connections over a lowered limit stay, and no others are accepted")
    func connections() async throws {
        try await withServer(.testing(eventLoops: 1)) { server in
            let clients = try (0..<3).map { _ in try server.connect() }
            for client in clients {
                try client.send(Self.get("/inline"))
                #expect(try client.answer().status == 200)
            }
            use(server) { $0.maxConnections = 2 }
            #expect(try server.connect().answer().status == 503)
            for client in clients {
                try client.send(Self.get("/inline"))
                #expect(try client.answer().status == 200)
            }
            use(server) { $0.maxConnectionsPerAddress = 3 }
            #expect(try server.connect().answer().status == 503)
            use(server) { $0.maxConnectionsPerAddress = 4 }
            #expect(try server.answer(to: Self.get("/inline")).status == 200)
        }
    }

    @Test("The requests of a connection are counted from its start")
    func requests() async throws {
        try await withServer(.testing(eventLoops: 1)) { server in
            let client = try server.connect()
            for _ in 0..<3 {
                try client.send(Self.get("/inline"))
                #expect(try client.answer().fields["connection"] == nil)
            }
            use(server) { $0.maxRequestsPerConnection = 2 }
            try client.send(Self.get("/inline"))
            #expect(try client.answer().fields["connection"] == "close")
        }
    }

    @Test("A change of trusted proxies applies to open connections, in both directions")
    func trust() async throws {
        let handler = ClosureHandler { request, respond in
            respond(.text("\(request.remoteAddress) \(request.isFromProxy)"))
        }
        try await withServer(.testing(eventLoops: 1), handler: handler) { server in
            let client = try server.connect()
            let request = Self.get("/who", "X-Forwarded-For: 192.0.2.7\r\n")
            func said() throws -> String {
                try client.send(request)
                return try client.answer().text
            }
            #expect(try said() == "127.0.0.1 false")
            let proxies = TrustedProxies(blocks: [try #require(AddressBlock("127.0.0.0/8"))])
            use(server) { $0.trustedProxies = proxies }
            #expect(try said() == "192.0.2.7 true")
            use(server) { _ in }
            #expect(try said() == "127.0.0.1 false")
        }
    }

    @Test("Requests in a handler are answered, and waiting requests continue to wait")
    func underWay() async throws {
        let mailbox = Mailbox()
        try await withServer(.testing(eventLoops: 1), handler: mailbox) { server in
            let client = try server.connect()
            try client.send(Self.get("/handled"))
            let (_, respond) = try #require(mailbox.next())
            use(server) {
                $0.maxConnections = 1
                $0.maxRequestsPerConnection = 1
                $0.maxWaitingRequests = 1
            }
            respond(.text("done"))
            #expect(try client.answer().text == "done")
        }
    }

    @Test("Settings that are set before the start apply from the start")
    func beforeTheStart() async throws {
        let server = HTTPServer(
            listeners: [Listener(SocketAddress(host: "127.0.0.1", port: 0))], settings: .testing(eventLoops: 1),
            handler: EchoHandler(), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            makeInlineResponder: { InlineEcho() })
        server.use(.testing(eventLoops: 1) { $0.maxFields = 1 })
        let address = try #require(try server.start().first)
        defer { server.stop() }
        try await OwnThread.run {
            let client = try TestClient(address)
            try client.send(Self.get("/inline", "A: b\r\n"))
            #expect(try client.answer().status == 431)
        }
    }

    @Test("Changing the settings of a stopped server does not block")
    func afterTheEnd() async throws {
        try await withServer(.testing(eventLoops: 1)) { server in
            server.server.stop()
            #expect(server.waitUntilEnded())
            use(server) { $0.maxConnections = 1 }
        }
    }

    @Test("A changed listener applies to the next response of an open connection")
    func listener() async throws {
        let listener = Listener(SocketAddress(host: "127.0.0.1", port: 0))
        let proxies = TrustedProxies(blocks: [try #require(AddressBlock("127.0.0.0/8"))])
        let server = HTTPServer(
            listeners: [listener], settings: .testing(eventLoops: 1) { $0.trustedProxies = proxies },
            handler: EchoHandler(), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            makeInlineResponder: { InlineEcho() })
        let address = try #require(try server.start().first)
        defer { server.stop() }
        try await OwnThread.run {
            let client = try TestClient(address)
            func answer(_ proto: String) throws -> TestAnswer {
                try client.send(Self.get("/inline", "X-Forwarded-Proto: \(proto)\r\n"))
                return try client.answer()
            }
            #expect(try answer("https").fields["strict-transport-security"] == nil)
            for seconds in [60, 3_600, 60] {
                listener.become(Listener(listener.address, redirectPort: 443, strictTransportSecurity: seconds))
                #expect(try answer("https").fields["strict-transport-security"] == "max-age=\(seconds)")
            }
            let sent = try answer("http")
            #expect(sent.status == 308)
            #expect(sent.fields["location"] == "https://a/inline")
            listener.become(Listener(listener.address))
            #expect(try answer("http").status == 200)
            #expect(try answer("https").fields["strict-transport-security"] == nil)
        }
    }
}
