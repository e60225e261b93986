import CLinux
import Synchronization
import TestSupport
import Testing

@testable import HTTPServer

@Suite("Limits of a server")
struct OverloadTests {
    @Test("A request over the waiting limit gets 503, and the waiting ones are answered")
    func waitingRequests() async throws {
        let begun = Event()
        let isLetGo = Event()
        let handler = ClosureHandler { request, respond in
            if request.path == "/urgent" { return respond(.text("at once")) }
            begun.happen()
            _ = isLetGo.wait()
            respond(.text("answered"))
        }
        // One loop, and all workers blocked: the next request waits, and those after it are rejected.
        try await withServer(.testing(eventLoops: 1) { $0.maxWaitingRequests = 1 }, handler: handler) { server in
            let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
            let inline = "GET /inline HTTP/1.1\r\nHost: a\r\n\r\n"
            let width = max(4, Int(allclear_usable_processors()) * 2)
            let clients = try (0..<width + 2).map { number in
                let client = try server.connect()
                // The inline answer shows that the request after it has been queued or rejected.
                try client.send(inline + request)
                #expect(try client.answer().text == "/inline")
                if number < width { try #require(begun.wait()) }
                return client
            }
            let refused = try #require(clients.last)
            #expect(try refused.answer().status == 503)
            #expect(server.server.metrics.count(.requestsOverLimit) == 1)
            // Urgent requests need no room in the queue, even after a rejected request on the same connection.
            for client in [refused, try server.connect()] {
                try client.send("GET /urgent HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try client.answer().text == "at once")
            }
            for _ in 0...width { isLetGo.happen() }
            for client in clients.dropLast() { #expect(try client.answer().text == "answered") }
        }
    }

    @Test("A connection over the limit gets 503 and is closed; a closed one makes room")
    func connections() async throws {
        try await withServer(.testing(eventLoops: 1) { $0.maxConnections = 2 }) { server in
            let first = try server.connect()
            do {
                let second = try server.connect()
                let third = try server.connect()
                let answer = try third.answer()
                #expect(answer.status == 503)
                #expect(answer.fields["connection"] == "close")
                #expect(try third.rest() == "")
                try second.send("GET /inline HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                #expect(try second.answer().status == 200)
                #expect(try second.rest() == "")
            }
            server.waitUntil(closed: 1)
            for client in [first, try server.connect()] {
                try client.send("GET /inline HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try client.answer().status == 200)
            }
        }
    }

    @Test("Bodies over the total limit are rejected, and finished ones make room")
    func bodies() async throws {
        let settings = ServerSettings.testing(eventLoops: 1) {
            $0.maxBodyBytes = 10_000
            $0.maxBufferedBodyBytes = 15_000
        }
        try await withServer(settings) { server in
            let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\n"
            let part = String(repeating: "x", count: 9_999)
            let first = try server.connect()
            try first.send(head + part + "x")
            #expect(try first.answer().status == 200)
            // After its answer, the first body no longer counts. The next two together exceed the limit.
            let second = try server.connect()
            try second.send("GET /inline HTTP/1.1\r\nHost: a\r\n\r\n" + head + part)
            #expect(try second.answer().text == "/inline")
            let third = try server.connect()
            try third.send(head + part)
            #expect(try third.answer().status == 503)
            #expect(server.server.metrics.count(.bodiesOverLimit) == 1)
            try second.send("x")
            #expect(try second.answer().status == 200)
            let fourth = try server.connect()
            try fourth.send(head + part + "x")
            #expect(try fourth.answer().status == 200)
        }
    }

    @Test("A few empty lines before a request are accepted, a stream of them is not")
    func emptyLines() async throws {
        try await withServer { server in
            let patient = try server.connect()
            try patient.send("\r\n\r\nGET /inline HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try patient.answer().status == 200)
            let flood = try server.connect()
            try flood.send(String(repeating: "\r\n", count: 50_000))
            #expect(try flood.answer().status == 400)
        }
    }

    @Test("Other requests are answered while many connections time out at once")
    func timeOuts() async throws {
        let order = Order()
        let settings = ServerSettings.testing(eventLoops: 1) { $0.headTimeout = 1 }
        try await withServer(settings, handler: order, inline: order.makeResponder) { server in
            let request = "GET /inline HTTP/1.1\r\nHost: a\r\n\r\n"
            let other = try server.connect()
            try other.send(request)
            #expect(try other.answer().status == 200)
            let slow = try (0..<200).map { _ in
                let client = try server.connect()
                try client.send("GET /inline HT")
                return client
            }
            // A request arrives while the first connection expires.
            try #require(order.begun.wait())
            try other.send(request)
            order.isLetGo.happen()
            #expect(try other.answer().status == 200)
            #expect(order.timeOutsBeforeRequest < slow.count / 2)
            for client in slow { #expect(try client.answer().status == 408) }
        }
    }

    /// Counts timeouts on the event loop. The first timeout blocks the loop.
    private final class Order: RequestHandler {
        let begun = Event()
        let isLetGo = Event()
        private let timeOuts = Atomic(0)
        private let beforeRequest = Atomic(0)

        /// The number of timeouts before the last request.
        var timeOutsBeforeRequest: Int { beforeRequest.load(ordering: .relaxed) }

        @Sendable func makeResponder() -> any InlineResponder { Noting(order: self) }

        func noteRequest() { beforeRequest.store(timeOuts.load(ordering: .relaxed), ordering: .relaxed) }

        func handle(_ request: Request, respond: Responder) {}

        func response(to fault: HTTPFault, of request: RefusedRequest) -> Response {
            if timeOuts.add(1, ordering: .relaxed).newValue == 1 {
                begun.happen()
                _ = isLetGo.wait()
            }
            return .fault(fault)
        }
    }

    private final class Noting: InlineResponder {
        private let order: Order
        private let echo = InlineEcho()

        init(order: Order) { self.order = order }

        func respond(to request: RequestView) -> InlineAnswer? {
            order.noteRequest()
            return echo.respond(to: request)
        }
    }
}
