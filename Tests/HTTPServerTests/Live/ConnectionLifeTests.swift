import HTTPTypes
import Testing

@testable import HTTPServer

@Suite("Life of a connection")
struct ConnectionLifeTests {
    private static let host = "Host: a.example\r\n"

    @Test("RFC 9112 §9.3: a connection serves one request after another", arguments: ["/inline", "/handled"])
    func keepAlive(_ path: String) async throws {
        try await withServer { server in
            let client = try server.connect()
            for number in 0..<5 {
                try client.send("GET \(path)/\(number) HTTP/1.1\r\n\(Self.host)\r\n")
                let answer = try client.answer()
                #expect(answer.status == 200)
                #expect(answer.text.contains("\(path)/\(number)"))
                #expect(answer.fields["connection"] == nil)
            }
        }
    }

    @Test(
        "RFC 9110 §6.6.1, §8.6: a response has one date, in the preferred form, and one length",
        arguments: ["/inline", "/handled"])
    func fields(_ path: String) async throws {
        try await withServer { server in
            let answer = try server.answer(to: "GET \(path) HTTP/1.1\r\n\(Self.host)\r\n")
            let date = try #require(answer.fields["date"])
            #expect(HTTPDate.parse(date) != nil)
            #expect(answer.fields["content-length"] == "\(answer.body.count)")
            #expect(answer.fields["content-type"] == "text/plain")
        }
    }

    @Test(
        "RFC 9112 §9.6: Connection: close is sent back, and the connection closes", arguments: ["/inline", "/handled"])
    func close(_ path: String) async throws {
        try await withServer { server in
            let client = try server.connect()
            try client.send("GET \(path) HTTP/1.1\r\n\(Self.host)Connection: close\r\n\r\n")
            let answer = try client.answer()
            #expect(answer.status == 200)
            #expect(answer.fields["connection"] == "close")
            #expect(try client.rest() == "")
        }
    }

    @Test("RFC 9112 §9.3: HTTP/1.0 closes without keep-alive", arguments: ["/inline", "/handled"])
    func http10(_ path: String) async throws {
        try await withServer { server in
            let client = try server.connect()
            try client.send("GET \(path) HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(try client.answer().fields["connection"] == "keep-alive")
            try client.send("GET \(path) HTTP/1.0\r\n\r\n")
            #expect(try client.answer().fields["connection"] == "close")
            #expect(try client.rest() == "")
        }
    }

    @Test(
        "RFC 9110 §9.3.2: HEAD gets the head of the answer and nothing of its body", arguments: ["/inline", "/handled"])
    func head(_ path: String) async throws {
        try await withServer { server in
            let client = try server.connect()
            try client.send("HEAD \(path) HTTP/1.1\r\n\(Self.host)\r\n")
            let answer = try client.answer(isHEAD: true)
            #expect(answer.status == 200)
            #expect(answer.fields["content-length"].flatMap { Int($0) } ?? 0 > 0)
            // The client would parse a body as the start of the next answer.
            try client.send("GET \(path) HTTP/1.1\r\n\(Self.host)Connection: close\r\n\r\n")
            #expect(try client.answer().status == 200)
            #expect(try client.rest() == "")
        }
    }

    @Test("RFC 9110 §6.4.1, §8.6: a response without a body ends with its head", arguments: [204, 304])
    func bodiless(_ code: Int) async throws {
        let handler = ClosureHandler { _, respond in
            respond(Response(HTTPResponse.Status(code: code), body: Array("left out".utf8)))
        }
        try await withServer(handler: handler) { server in
            let client = try server.connect()
            let request = "GET / HTTP/1.1\r\n\(Self.host)\r\n"
            try client.send(request + request)
            client.finishSending()
            for _ in 0..<2 {
                let answer = try client.answer()
                #expect(answer.status == code)
                #expect(answer.fields["content-length"] == nil)
            }
            #expect(try client.rest() == "")
        }
    }

    @Test("RFC 9110 §9.1: methods are case-sensitive", arguments: ["head", "Head"])
    func method(_ method: String) async throws {
        try await withServer { server in
            // Only the answer to HEAD has no body; methods are case-sensitive.
            let answer = try server.answer(to: "\(method) /a HTTP/1.1\r\n\(Self.host)\r\n")
            #expect(answer.status == 501)
            #expect(answer.text.hasPrefix("fault: "))
        }
    }

    @Test(
        "RFC 9110 §2.5: a response has the server's HTTP version, whatever the request's", arguments: ["0", "1", "9"])
    func version(_ minor: String) async throws {
        try await withServer { server in
            let client = try server.connect()
            try client.send("GET /inline HTTP/1.\(minor)\r\n\(Self.host)Connection: close\r\n\r\n")
            #expect(try client.rest().hasPrefix("HTTP/1.1 200 OK\r\n"))
        }
    }

    @Test("RFC 9112 §2.1: a request can arrive byte by byte", arguments: ["/inline", "/handled"])
    func dripped(_ path: String) async throws {
        try await withServer { server in
            let client = try server.connect()
            for byte in "\r\nPOST \(path) HTTP/1.1\r\n\(Self.host)Content-Length: 2\r\n\r\nhi".utf8 {
                try client.send([byte])
            }
            #expect(try client.answer().text == "POST \(path) hi")
            for byte in "GET \(path) HTTP/1.1\r\n\(Self.host)\r\n".utf8 { try client.send([byte]) }
            #expect(try client.answer().text.contains(path))
        }
    }

    @Test(
        "RFC 9112 §9.6: a client that has finished sending still gets its responses",
        arguments: ["/inline", "/handled"])
    func halfClose(_ path: String) async throws {
        try await withServer { server in
            let client = try server.connect()
            let request = "GET \(path) HTTP/1.1\r\n\(Self.host)\r\n"
            try client.send(request + request)
            client.finishSending()
            #expect(try client.answer().status == 200)
            #expect(try client.answer().status == 200)
            #expect(try client.rest() == "")
        }
    }

    @Test("RFC 9112 §9.6: a client that has finished sending still gets a response that is made later")
    func halfCloseWhileHandled() async throws {
        let mailbox = Mailbox()
        try await withServer(handler: mailbox) { server in
            let client = try server.connect()
            try client.send("GET / HTTP/1.1\r\n\(Self.host)\r\n")
            let (_, respond) = try #require(mailbox.next())
            client.finishSending()
            respond(.text("late"))
            #expect(try client.answer().text == "late")
            #expect(try client.rest() == "")
        }
    }

    @Test("RFC 9112 §8: a connection that ends in the middle of a request is closed without a response")
    func endInRequest() async throws {
        try await withServer { server in
            for start in ["", "GET / HT", "POST / HTTP/1.1\r\n\(Self.host)Content-Length: 5\r\n\r\nhel"] {
                let client = try server.connect()
                try client.send(start)
                client.finishSending()
                #expect(try client.rest() == "")
            }
        }
    }
}
