import Glibc
import Logging
import Testing

@testable import HTTPServer

@Suite("Start and stop")
struct StartAndStopTests {
    private static let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test("A second server on the same address does not start, and reports the reason")
    func addressInUse() async throws {
        try await withServer { server in
            let second = HTTPServer(
                listeners: [Listener(server.address)], settings: .testing(), handler: EchoHandler(),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, makeInlineResponder: InlineEcho.init)
            let error = #expect(throws: ServerStartError.self) { try second.start() }
            #expect(error?.description == "cannot listen on \(server.address): Address already in use")
            // The first server is not affected.
            for _ in 0..<10 {
                let answer = try server.answer(to: Self.request)
                #expect(answer.status == 200)
            }
        }
    }

    @Test("An address that is not local or not valid is reported", arguments: ["192.0.2.1", "no such host"])
    func unusableAddress(_ host: String) {
        let server = HTTPServer(
            listeners: [Listener(SocketAddress(host: host, port: 0))], settings: .testing(), handler: EchoHandler(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, makeInlineResponder: InlineEcho.init)
        let error = #expect(throws: ServerStartError.self) { try server.start() }
        #expect(error?.description.contains("\(host):0") == true)
    }

    @Test("A wildcard address includes every IPv4 address", arguments: ["", "0.0.0.0", "::"])
    func everyAddress(_ host: String) async throws {
        // If the kernel has no IPv6, `::` means every IPv4 address.
        try await withServer(host: host) { server in
            let port = try #require(server.address.port)
            let client = try TestClient(SocketAddress(host: "127.0.0.1", port: port))
            try client.send(Self.request)
            #expect(try client.answer().status == 200)
        }
    }

    @Test("An idle server stops and closes idle connections")
    func idle() async throws {
        // A separate loopback address, so that no other test's server gets the freed port.
        try await withServer(host: "127.0.7.1") { server in
            let fresh = try server.connect()
            let used = try server.connect()
            try used.send(Self.request)
            #expect(try used.answer().status == 200)
            server.server.stop()
            #expect(try fresh.rest() == "")
            #expect(try used.rest() == "")
            #expect(server.waitUntilEnded())
            #expect(throws: TestClient.Failure.self) { _ = try server.connect() }
        }
    }

    @Test("A request in progress is answered with Connection: close before the server stops")
    func underWay() async throws {
        let mailbox = Mailbox()
        try await withServer(host: "127.0.7.2", handler: mailbox) { server in
            do {
                let client = try server.connect()
                try client.send(Self.request + "GET /inline HTTP/1.1\r\nHost: a\r\n\r\n")
                let (_, respond) = try #require(mailbox.next())
                server.server.stop()
                // When no client can connect, all loops have stopped accepting.
                while (try? server.connect()) != nil {}
                respond(.text("last"))
                let answer = try client.answer()
                #expect(answer.text == "last")
                #expect(answer.fields["connection"] == "close")
                #expect(try client.rest() == "")
            }
            #expect(server.waitUntilEnded())
        }
    }

    @Test("A request that arrives in pieces while the server stops is answered")
    func arriving() async throws {
        try await withServer(host: "127.0.7.3") { server in
            do {
                let client = try server.connect()
                // The answer shows that the beginning of the next request arrived together with the first one.
                try client.send("GET /inline HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\n")
                #expect(try client.answer().status == 200)
                server.server.stop()
                while (try? server.connect()) != nil {}
                try client.send("Host: a\r\n\r\n")
                let answer = try client.answer()
                #expect(answer.status == 200)
                #expect(answer.fields["connection"] == "close")
                #expect(try client.rest() == "")
            }
            #expect(server.waitUntilEnded())
        }
    }

    @Test("A handler that never responds does not keep the server from stopping")
    func stuck() async throws {
        let mailbox = Mailbox()
        let settings = ServerSettings.testing { $0.shutdownTimeout = 1 }
        try await withServer(settings, handler: mailbox) { server in
            let client = try server.connect()
            try client.send(Self.request)
            let kept = try #require(mailbox.next())
            server.server.stop()
            #expect(try client.rest() == "")
            #expect(server.waitUntilEnded())
            kept.1(.text("too late"))
        }
    }

    @Test("A server that is stopped twice, or before its start, stops")
    func twice() async throws {
        for _ in 0..<20 {
            try await withServer { server in
                server.server.stop()
                server.server.stop()
                #expect(server.waitUntilEnded())
            }
        }
    }
}
