import Dispatch
import Foundation
import TestSupport
import Testing

@testable import HTTPServer

@Suite("Requests that wait for news", .timeLimit(.patientMinutes(2)))
struct HeldRequestTests {
    private static func get(_ path: String) -> String { "GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n" }

    @Test("A waiting request is answered when there is news, and its connection stays open")
    func news() async throws {
        try await withBoard { board, server in
            let client = try server.connect()
            for notice in ["one", "two", "three"] {
                try client.send(Self.get("/wait"))
                try await board.waitUntil(count: 1)
                board.post(notice)
                #expect(try client.answer().text == notice)
                try await board.waitUntil(count: 0)
            }
            try client.send(Self.get("/else"))
            #expect(try client.answer().text == "/else")
        }
    }

    @Test("A request sent after a waiting one is answered after it")
    func pipelined() async throws {
        try await withBoard { board, server in
            let client = try server.connect()
            try client.send(Self.get("/before") + Self.get("/wait") + Self.get("/after"))
            #expect(try client.answer().text == "/before")
            try await board.waitUntil(count: 1)
            try client.send(Self.get("/last"))
            board.post("news")
            for text in ["news", "/after", "/last"] { #expect(try client.answer().text == text) }
        }
    }

    @Test("A request that the news does not concern waits until its timeout")
    func timeUp() async throws {
        try await withBoard { board, server in
            let client = try server.connect()
            try client.send(Self.get("/wait-briefly"))
            try await board.waitUntil(count: 1)
            for _ in 0..<10 { board.announcer.announce() }
            #expect(try client.answer().text == "nothing new")
            try client.send(Self.get("/else"))
            #expect(try client.answer().text == "/else")
        }
    }

    @Test("HEAD waits like GET, and gets no body")
    func head() async throws {
        try await withBoard { board, server in
            let client = try server.connect()
            try client.send("HEAD /wait HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            try await board.waitUntil(count: 1)
            board.post("news")
            let answer = try client.answer(isHEAD: true)
            #expect(answer.fields["content-length"] == "4")
            #expect(answer.fields["connection"] == "close")
            #expect(try client.rest() == "")
        }
    }

    @Test("Closing the connection ends the wait", arguments: ["/wait", "/stream"], [true, false])
    func leaving(path: String, isAbrupt: Bool) async throws {
        try await withBoard { board, server in
            var clients = try (0..<20).map { _ in try server.connect() }
            for client in clients {
                try client.send(Self.get(path))
                if isAbrupt { try client.resetOnClose() }
            }
            try await board.waitUntil(count: 20)
            clients.removeAll()
            try await board.waitUntil(count: 0)
            board.post("news")
            #expect(try server.answer(to: Self.get("/else")).text == "/else")
        }
    }

    @Test(
        "If a client stops sending, its waiting request and the ones after it are answered at once",
        arguments: [true, false], [true, false])
    func halfClosed(isLate: Bool, isFollowed: Bool) async throws {
        try await withBoard { board, server in
            let client = try server.connect()
            try client.send(Self.get("/else"))
            #expect(try client.answer().text == "/else")
            try client.send(Self.get("/wait") + (isFollowed ? Self.get("/after") : ""))
            if isLate { try await board.waitUntil(count: 1) }
            client.finishSending()
            #expect(try client.rest().hasSuffix(isFollowed ? "/after" : "stopped"))
            try await board.waitUntil(count: 0)
        }
    }

    @Test("News reaches every waiting request on every loop once", arguments: [1, 2])
    func everyone(eventLoops: Int) async throws {
        try await withBoard(.testing(eventLoops: eventLoops)) { board, server in
            let clients = try (0..<700).map { _ in try server.connect() }
            for round in 1...3 {
                for client in clients { try client.send(Self.get("/wait")) }
                try await board.waitUntil(count: clients.count)
                board.post("round \(round)")
                for client in clients { #expect(try client.answer().text == "round \(round)") }
                try await board.waitUntil(count: 0)
            }
        }
    }

    @Test("Even if news never stops, the requests that have waited longest get it")
    func fastNews() async throws {
        try await withBoard(.testing(eventLoops: 1)) { board, server in
            let clients = try (0..<2_000).map { _ in try server.connect() }
            for client in clients { try client.send(Self.get("/wait")) }
            try await board.waitUntil(count: clients.count)
            let isOver = Event()
            let poster = Event()
            DispatchQueue(label: "poster").async {
                var number = 0
                while !isOver.hasHappened {
                    number += 1
                    board.post("news \(number)")
                }
                poster.happen()
            }
            // The first connection is the last one to get the news.
            #expect(try clients[0].answer().text.hasPrefix("news"))
            isOver.happen()
            #expect(poster.wait())
            for client in clients.dropFirst() { #expect(try client.answer().text.hasPrefix("news")) }
        }
    }

    @Test("A resource that is gone gets an error")
    func gone() async throws {
        try await withBoard { board, server in
            let client = try server.connect()
            try client.send(Self.get("/wait"))
            try await board.waitUntil(count: 1)
            board.post("gone")
            #expect(try client.answer().status == 404)
            #expect(try client.rest() == "")
        }
    }

    @Test("A stop answers waiting requests and ends streams")
    func stop() async throws {
        try await withBoard { board, server in
            let waiting = try server.connect()
            try waiting.send(Self.get("/wait"))
            let streaming = try server.connect()
            try streaming.send(Self.get("/stream"))
            try await board.waitUntil(count: 2)
            server.server.stop()
            let answer = try waiting.answer()
            #expect(answer.text == "stopped")
            #expect(answer.fields["connection"] == "close")
            #expect(try streaming.rest().contains("begin\n"))
            #expect(server.waitUntilEnded())
            try await board.waitUntil(count: 0)
        }
    }
}

@Suite("Streams", .timeLimit(.patientMinutes(2)))
struct StreamTests {
    private static let request = "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test("A stream has no length, starts at once, and sends all news: in chunks, except for HTTP/1.0")
    func parts() async throws {
        try await withBoard { board, server in
            for (version, coding) in [("1.1", "chunked"), ("1.9", "chunked"), ("1.0", nil)] {
                let client = try server.connect()
                try client.send("GET /stream HTTP/\(version)\r\nHost: a\r\n\r\n")
                let head = try client.head()
                #expect(head.status == 200)
                #expect(head.fields["content-length"] == nil)
                #expect(head.fields["transfer-encoding"] == coding)
                #expect(head.fields["connection"] == "close")
                func framed(_ text: String) -> String {
                    coding == nil ? text : "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n"
                }
                func expect(_ text: String) throws {
                    let expected = framed(text)
                    // On a slow machine, a heartbeat may arrive before the text.
                    #expect(try client.text(through: expected).replacing(framed(".\n"), with: "") == expected)
                }
                try expect("begin\n")
                for notice in ["one \(version)", "two \(version), which is longer than fifteen bytes"] {
                    board.post(notice)
                    try expect("\(notice)\n")
                }
                board.post("end")
                let rest = try client.rest().replacing(framed(".\n"), with: "")
                #expect(rest == (coding == nil ? "" : "0\r\n\r\n"))
            }
        }
    }

    @Test("RFC 9112 §7.1: a stream that ends normally ends with the last chunk")
    func lastChunk() async throws {
        try await withBoard { board, server in
            let client = try server.connect()
            try client.send(Self.request)
            _ = try client.head()
            try await board.waitUntil(count: 1)
            server.server.stop()
            #expect(try client.rest() == "6\r\nbegin\n\r\n0\r\n\r\n")
        }
    }

    @Test("RFC 9110 §9.3.2: HEAD gets the head of a stream, and the connection stays open", arguments: ["1.1", "1.0"])
    func head(version: String) async throws {
        try await withBoard { _, server in
            let client = try server.connect()
            try client.send("HEAD /stream-head HTTP/\(version)\r\nHost: a\r\nConnection: keep-alive\r\n\r\n")
            let head = try client.answer(isHEAD: true)
            #expect(head.fields["transfer-encoding"] == (version == "1.1" ? "chunked" : nil))
            #expect(head.fields["content-length"] == nil)
            try client.send("GET /else HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.answer().text == "/else")
        }
    }

    @Test("Without news a stream stays open for longer than an idle connection")
    func heartbeat() async throws {
        try await withBoard(.testing { $0.idleTimeout = 1 }) { _, server in
            let client = try server.connect()
            try client.send(Self.request)
            for _ in 0..<3 { _ = try client.text(through: ".\n") }
        }
    }

    @Test("A slow reader gets the newest of the missed news")
    func lagging() async throws {
        // With a sanitizer, this reader is very slow.
        try await withBoard(.testing(eventLoops: 1) { $0.writeTimeout = 600 }) { board, server in
            let client = try TestClient(server.address, receiveBuffer: 4_096)
            try client.send(Self.request)
            _ = try client.text(through: "begin\n")
            let large = String(repeating: "x", count: 8_000_000)
            board.post(large)
            // When another client receives a notice, the slow client's request has already received all earlier ones.
            for number in 1...20 {
                let other = try server.connect()
                try other.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
                try await board.waitUntil(count: 2)
                board.post("news \(number)")
                #expect(try other.answer().text == "news \(number)")
                try await board.waitUntil(count: 1)
            }
            let text = try client.text(through: "news 20\n")
            #expect(text.utf8.count > large.utf8.count)
            #expect(text.range(of: "news 1\n") == nil)
        }
    }

    @Test("A reader that does not read at all is dropped and blocks nobody")
    func stuck() async throws {
        try await withBoard(.testing(eventLoops: 1) { $0.writeTimeout = 1 }) { board, server in
            let stuck = try TestClient(server.address, receiveBuffer: 4_096)
            try stuck.send(Self.request)
            try await board.waitUntil(count: 1)
            board.post(String(repeating: "x", count: 8_000_000))
            let reader = try server.connect()
            try reader.send(Self.request)
            _ = try reader.text(through: "begin\n")
            board.post("while it is stuck")
            _ = try reader.text(through: "while it is stuck\n")
            try await board.waitUntil(count: 1)
            board.post("news")
            #expect(try reader.text(through: "news\n").hasSuffix("news\n"))
        }
    }
}
