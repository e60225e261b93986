import Testing

@testable import HTTPServer

@Suite("Facts of a rejected request")
struct RefusedRequestTests {
    private static let whole = "GET /inline HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test(
        "The method and path are known as far as they can be read",
        arguments: [
            ("GET /a?b=c\r\n\r\n", "GET", "/a"),
            ("HEAD /a?b HTTP/1.1\r\n\r\n", "HEAD", "/a"),
            ("PUT http://h/a HTTP/3.0\r\n\r\n", "PUT", "http://h/a"),
            ("GET / HTTP/1.1\r\nX: \(String(repeating: "x", count: 40_000))", "GET", "/"),
            ("\(Self.whole)\(Self.whole)POST /b HTTP/1.1\r\n\r\n", "POST", "/b"),
            ("POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx", "POST", "/b"),
            ("\r\nGET /c HTTP/1.1\r\n\r\n", "GET", "/c"),
            ("\u{16}\u{03}\u{01}", nil, nil), ("GET\r\n\r\n", nil, nil), ("GET  HTTP/1.1\r\n\r\n", "GET", nil),
        ] as [(String, String?, String?)])
    func requestLine(_ bytes: String, _ method: String?, _ path: String?) async throws {
        let record = RefusalRecord()
        try await withServer(handler: record) { server in
            let client = try server.connect()
            try client.send(bytes)
            _ = try client.rest()
            let refused = try #require(record.all.first)
            #expect(refused.method == method)
            #expect(refused.path == path)
            #expect(refused.remoteAddress == "127.0.0.1")
        }
    }

    @Test(
        "The duration is known if the request did not arrive in time",
        arguments: ["GET /a HT", "GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n"])
    func duration(_ bytes: String) async throws {
        let record = RefusalRecord()
        let settings = ServerSettings.testing { settings in
            settings.headTimeout = 1
            settings.bodyTimeout = 1
        }
        try await withServer(settings, handler: record) { server in
            #expect(try server.answer(to: bytes).status == 408)
            let refused = try #require(record.all.first)
            #expect(refused.path == "/a")
            #expect(try #require(refused.seconds) >= 1)
        }
    }

    @Test("A proxied client is not confused with the client of the next request")
    func client() async throws {
        let record = RefusalRecord()
        let proxies = TrustedProxies(blocks: [try #require(AddressBlock("127.0.0.1"))])
        let settings = ServerSettings.testing { $0.trustedProxies = proxies }
        try await withServer(settings, handler: record) { server in
            let client = try server.connect()
            try client.send("GET /inline HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n")
            #expect(try client.answer().status == 200)
            try client.send("GET / HTTP/3.0\r\n\r\n")
            #expect(try client.answer().status == 505)
            #expect(record.all.map(\.remoteAddress) == ["127.0.0.1"])
        }
    }
}
