import Glibc
import TestSupport
import Testing

@testable import HTTPServer

@Suite("Limits of a client")
struct LimitTests {
    private static let request = "GET /inline HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test("A connection over the limit of its address gets 503 and is counted; a closed one makes room")
    func connectionsOfAnAddress() async throws {
        try await withServer(.testing(eventLoops: 1) { $0.maxConnectionsPerAddress = 2 }) { server in
            let first = try server.connect()
            do {
                let second = try server.connect()
                let third = try server.connect()
                #expect(try third.answer().status == 503)
                #expect(try third.rest() == "")
                #expect(server.server.metrics.count(.connectionsOverLimitOfAddress) == 1)
                try second.send("GET /inline HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                #expect(try second.answer().status == 200)
                #expect(try second.rest() == "")
            }
            server.waitUntil(closed: 1)
            for client in [first, try server.connect()] {
                try client.send(Self.request)
                #expect(try client.answer().status == 200)
            }
            #expect(server.server.metrics.count(.connectionsOverLimit) == 0)
        }
    }

    @Test("A trusted proxy has no limit per address")
    func connectionsOfAProxy() async throws {
        let settings = ServerSettings.testing(eventLoops: 1) { settings in
            settings.maxConnectionsPerAddress = 1
            settings.trustedProxies.blocks = AddressBlock("127.0.0.0/8").map { [$0] } ?? []
        }
        try await withServer(settings) { server in
            let clients = try (0..<3).map { _ in try server.connect() }
            for client in clients {
                try client.send(Self.request)
                #expect(try client.answer().status == 200)
            }
        }
    }

    @Test("The last permitted request closes the connection", arguments: ["/inline", "/handled"])
    func requestsOfAConnection(_ path: String) async throws {
        try await withServer(.testing { $0.maxRequestsPerConnection = 3 }) { server in
            let client = try server.connect()
            // Requests pipelined after the third one get no answer. The third answer says that the connection closes.
            try client.send(String(repeating: "GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n", count: 5))
            for number in 1...3 {
                #expect(try client.answer().fields["connection"] == (number == 3 ? "close" : nil))
            }
            #expect(try client.rest() == "")
            #expect(server.server.metrics.count(.connectionsOverRequestLimit) == 1)
            #expect(server.server.metrics.count(.requests) == 3)
        }
    }

    @Test("A body that arrives fast enough extends its deadline, a slow one does not")
    func bodyRate() async throws {
        let settings = ServerSettings.testing { settings in
            settings.bodyTimeout = 1
            settings.minBodyBytesPerSecond = 10
        }
        try await withServer(settings) { server in
            let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"
            let steady = try server.connect()
            let trickling = try server.connect()
            try steady.send(head + String(repeating: "x", count: 900))
            try trickling.send(head)
            // The client sends one byte every quarter of a second, and still gets 408 in the end.
            while (try? trickling.send("x")) != nil, server.server.metrics.count(.bodyTimeouts) == 0 { usleep(250_000) }
            #expect(try trickling.answer().status == 408)
            try steady.send(String(repeating: "x", count: 100))
            #expect(try steady.answer().status == 200)
            #expect(server.server.metrics.count(.bodyTimeouts) == 1)
        }
    }

    @Test("A request must arrive before its deadline, however steadily it arrives")
    func requestTimeout() async throws {
        let settings = ServerSettings.testing { settings in
            settings.minBodyBytesPerSecond = 1
            settings.requestTimeout = 1
        }
        try await withServer(settings) { server in
            let client = try server.connect()
            try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
            try client.send(String(repeating: "x", count: 900))
            let answer = try client.answer()
            #expect(answer.status == 408)
        }
    }

    @Test("A response must be read before its deadline, however steadily it is read")
    func slowReader() async throws {
        let settings = ServerSettings.testing(eventLoops: 1) { $0.requestTimeout = 1 }
        try await withServer(settings) { server in
            let client = try TestClient(server.address, receiveBuffer: 4_096)
            // Much more than the kernel buffers between client and server.
            try client.send(String(repeating: "GET /inline/large HTTP/1.1\r\nHost: a\r\n\r\n", count: 100))
            while server.server.metrics.count(.writeTimeouts) == 0 {
                usleep(100_000)
                _ = try? client.receive(atMost: 1_000)
            }
            server.waitUntil(closed: 1)
        }
    }

    @Test(
        "The reason for closing a connection is logged",
        arguments: [
            ("", "idle timeout"), ("GET / HT", "head timeout"),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n", "body timeout"),
            (Self.request, "max_requests_per_connection"),
        ])
    func reasons(_ bytes: String, _ reason: String) async throws {
        let settings = ServerSettings.testing { settings in
            settings.idleTimeout = 1
            settings.headTimeout = 1
            settings.bodyTimeout = 1
            settings.maxRequestsPerConnection = reason == "max_requests_per_connection" ? 1 : 100
        }
        let recorded = RecordedLog()
        try await withServer(settings, logger: recorded.logger) { server in
            let client = try server.connect()
            try client.send(bytes)
            _ = try client.rest()
            #expect(recorded.lines.lazy.compactMap { $0.metadata["reason"] }.first == reason)
        }
    }

    @Test(
        "Rejected requests are counted by kind",
        arguments: [
            ("GET / HTTP/1.1\r\n\r\n", 400, .malformed),
            ("GET /\(String(repeating: "x", count: 200)) ", 414, .requestLineTooLong),
            ("GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: 2_000))", 431, .headTooLarge),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n", 413, .bodyTooLarge),
            ("GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505, .otherwiseRefused),
        ] as [(String, Int, ServerMetrics.Counter)])
    func refusals(_ bytes: String, _ status: Int, _ counter: ServerMetrics.Counter) async throws {
        let settings = ServerSettings.testing { settings in
            settings.maxRequestLineBytes = 100
            settings.maxHeadBytes = 1_000
            settings.maxBodyBytes = 100
        }
        try await withServer(settings) { server in
            let answer = try server.answer(to: bytes)
            #expect(answer.status == status)
            let kinds: [ServerMetrics.Counter] =
                [
                    .malformed, .requestLineTooLong, .headTooLarge, .bodyTooLarge, .otherwiseRefused,
                ] + Limit.allCases.map(\.counter)
            #expect(kinds.map(server.server.metrics.count) == kinds.map { $0 == counter ? 1 : 0 })
        }
    }
}
