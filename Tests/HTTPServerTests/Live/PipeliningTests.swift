import Testing

@testable import HTTPServer

@Suite("Pipelining")
struct PipeliningTests {
    private static func request(_ path: String, fields: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: a.example\r\n\(fields)\r\n"
    }

    @Test("RFC 9112 §9.3.2: a hundred requests in one write are answered in order")
    func inline() async throws {
        try await withServer { server in
            let client = try server.connect()
            try client.send((0..<100).map { Self.request("/inline/\($0)") }.joined())
            for number in 0..<100 { #expect(try client.answer().text == "/inline/\(number)") }
        }
    }

    @Test("RFC 9112 §9.3.2: requests that the loop answers keep their place among those that a handler answers")
    func mixed() async throws {
        try await withServer { server in
            let client = try server.connect()
            let paths = (0..<60).map { $0 % 3 == 0 ? "/inline/\($0)" : "/handled/\($0)" }
            try client.send(paths.map { Self.request($0) }.joined())
            for path in paths {
                #expect(try client.answer().text == (path.hasPrefix("/inline") ? path : "GET \(path) "))
            }
        }
    }

    @Test("RFC 9112 §6.3, §9.3.2: a body is not parsed as a request, but the bytes after it are")
    func bodies() async throws {
        try await withServer { server in
            let client = try server.connect()
            let inner = Self.request("/inline/never")
            let post = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: \(inner.utf8.count)\r\n\r\n\(inner)"
            try client.send(post + Self.request("/inline/1") + post + Self.request("/inline/2"))
            for number in 1...2 {
                #expect(try client.answer().text == "POST /a \(inner)")
                #expect(try client.answer().text == "/inline/\(number)")
            }
        }
    }

    @Test("RFC 9112 §9.6: requests after Connection: close are not answered")
    func afterClose() async throws {
        try await withServer { server in
            let client = try server.connect()
            let last = Self.request("/inline/1", fields: "Connection: close\r\n")
            try client.send(Self.request("/inline/0") + last + Self.request("/inline/2"))
            #expect(try client.answer().text == "/inline/0")
            #expect(try client.answer().text == "/inline/1")
            #expect(try client.rest() == "")
        }
    }

    @Test("RFC 9112 §9.3.2: requests before a malformed one are answered, then it is rejected")
    func afterFault() async throws {
        try await withServer { server in
            let client = try server.connect()
            try client.send(Self.request("/inline/0") + Self.request("/a") + "bad\r\n\r\n" + Self.request("/inline/1"))
            #expect(try client.answer().text == "/inline/0")
            #expect(try client.answer().text == "GET /a ")
            #expect(try client.answer().status == 400)
            #expect(try client.rest() == "")
        }
    }
}
