import Testing

@testable import HTTPServer

@Suite("Life of a connection")
struct ConnectionLifeTests {
    private static let host = "Host: a.example\r\n"

    @Test("A connection serves one request after another", arguments: ["/inline", "/handled"])
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

    @Test("An answer has one date, in the form HTTP wants, and one length", arguments: ["/inline", "/handled"])
    func fields(_ path: String) async throws {
        try await withServer { server in
            let answer = try server.answer(to: "GET \(path) HTTP/1.1\r\n\(Self.host)\r\n")
            let date = try #require(answer.fields["date"])
            #expect(HTTPDate.parse(date) != nil)
            #expect(answer.fields["content-length"] == "\(answer.body.count)")
            #expect(answer.fields["content-type"] == "text/plain")
        }
    }

    @Test("Connection: close is answered, said back and done", arguments: ["/inline", "/handled"])
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

    @Test("HTTP/1.0 closes unless it is asked not to", arguments: ["/inline", "/handled"])
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

    @Test("HEAD gets the head of the answer and nothing of its body", arguments: ["/inline", "/handled"])
    func head(_ path: String) async throws {
        try await withServer { server in
            let client = try server.connect()
            try client.send("HEAD \(path) HTTP/1.1\r\n\(Self.host)\r\n")
            let answer = try client.answer(isHEAD: true)
            #expect(answer.status == 200)
            #expect(answer.fields["content-length"].flatMap { Int($0) } ?? 0 > 0)
            // A body would be taken for the start of the next answer.
            try client.send("GET \(path) HTTP/1.1\r\n\(Self.host)Connection: close\r\n\r\n")
            #expect(try client.answer().status == 200)
            #expect(try client.rest() == "")
        }
    }

    @Test("A request may drip in byte by byte", arguments: ["/inline", "/handled"])
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

    @Test("A client that sends nothing more still gets its answers", arguments: ["/inline", "/handled"])
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

    @Test("A client that stops sending before its answer is made still gets it")
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

    @Test("A connection that ends in the middle of a request is closed without a word")
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
