import HTTPTypes
import Testing

@testable import HTTPServer

@Suite("Responses larger than the socket buffer")
struct LargeAnswerTests {
    private static let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test("A response of many megabytes reaches a slow reader completely, and the connection stays open")
    func slowReader() async throws {
        let body = (0..<8_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        let handler = ClosureHandler { _, respond in respond(Response(.ok, body: body)) }
        try await withServer(handler: handler) { server in
            let client = try TestClient(server.address, receiveBuffer: 4_096)
            for _ in 0..<2 {
                try client.send(Self.request)
                #expect(try client.answer().body == body)
            }
        }
    }

    @Test("A response of many megabytes arrives completely before the connection closes")
    func close() async throws {
        let body = [UInt8](repeating: 7, count: 8_000_000)
        let handler = ClosureHandler { _, respond in respond(Response(.ok, body: body)) }
        try await withServer(handler: handler) { server in
            let client = try TestClient(server.address, receiveBuffer: 4_096)
            try client.send("GET / HTTP/1.0\r\n\r\n")
            #expect(try client.answer().body == body)
            #expect(try client.rest() == "")
        }
    }

    @Test("A client that sends many requests before it reads gets all responses in order")
    func pipeline() async throws {
        try await withServer { server in
            let client = try TestClient(server.address, receiveBuffer: 4_096)
            let paths = (0..<30).map { $0 % 3 == 0 ? "/inline/\($0)" : $0 % 3 == 1 ? "/inline/large/\($0)" : "/\($0)" }
            try client.send(paths.map { "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
            client.finishSending()
            for path in paths {
                let answer = try client.answer()
                #expect(answer.text.hasPrefix(path.hasPrefix("/inline") ? path : "GET \(path) "))
                #expect(answer.body.count > InlineEcho.padding.count || !path.contains("large"))
            }
            #expect(try client.rest() == "")
        }
    }

    @Test("A client that leaves in the middle of its response does no harm")
    func leaving() async throws {
        let handler = ClosureHandler { _, respond in
            respond(Response(.ok, body: [UInt8](repeating: 7, count: 4_000_000)))
        }
        try await withServer(handler: handler) { server in
            for number in 0..<10 {
                let client = try TestClient(server.address, receiveBuffer: 4_096)
                if number % 2 == 0 { try client.resetOnClose() }
                try client.send(Self.request)
            }
            #expect(try server.answer(to: Self.request).body.count == 4_000_000)
        }
    }
}
