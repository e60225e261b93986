import Glibc
import Logging
import Synchronization
import TestSupport
import Testing

@testable import HTTPServer

@Suite("Handing over")
struct HandOverTests {
    private static func server(at address: SocketAddress, loops: Int) -> HTTPServer {
        HTTPServer(
            listeners: [Listener(address)], settings: .testing(eventLoops: loops), handler: EchoHandler(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, makeInlineResponder: InlineEcho.init)
    }

    /// Detects when the whole process is paused, for example because its machine is.
    private final class Watch: Sendable {
        private let longest = Atomic(0)
        let isDone = Atomic(false)

        /// Whether the process was paused for about as long as a stopping server waits for its clients.
        var hasSeenStandstill: Bool { longest.load(ordering: .relaxed) >= 500 }

        func run() {
            while !isDone.load(ordering: .relaxed) {
                let start = ContinuousClock.now
                usleep(10_000)
                longest.max(Int((.now - start) / .milliseconds(1)), ordering: .relaxed)
            }
        }
    }

    /// Sends requests without a pause, on kept and new connections, until it is stopped.
    private final class BusyClient: Sendable {
        let answers = Atomic(0)
        let failures = Atomic(0)
        let isDone = Atomic(false)

        func run(_ address: SocketAddress, requestsPerConnection: Int, _ watch: Watch) {
            while !isDone.load(ordering: .relaxed) {
                // The time from one request to the next.
                var pause = Duration.zero
                var last = ContinuousClock.now
                do {
                    let client = try TestClient(address)
                    for _ in 0..<requestsPerConnection {
                        try client.send("GET /inline HTTP/1.1\r\nHost: a\r\n\r\n")
                        pause = .now - last
                        last = .now
                        let answer = try client.answer()
                        answers.add(1, ordering: .relaxed)
                        if answer.fields["connection"] == "close" { break }
                    }
                } catch {
                    // After a pause, a client may send its request later than a stopping server waits.
                    if pause >= .seconds(1), watch.hasSeenStandstill { continue }
                    failures.add(1, ordering: .relaxed)
                    Issue.record(error)
                }
            }
        }
    }

    @Test("No request fails while one server takes over from another, whatever their number of loops")
    func busy() async throws {
        let first = Self.server(at: SocketAddress(host: "127.0.0.1", port: 0), loops: 2)
        let target = try #require(try first.start().first)
        let clients = (0..<8).map { _ in BusyClient() }
        let watch = Watch()
        OwnThread.start(watch.run)
        defer { watch.isDone.store(true, ordering: .relaxed) }
        try await withThrowingTaskGroup { group in
            for (index, client) in clients.enumerated() {
                group.addTask {
                    await OwnThread.run {
                        client.run(target, requestsPerConnection: index.isMultiple(of: 2) ? 1 : 1_000, watch)
                    }
                }
            }
            group.addTask {
                try await OwnThread.run {
                    defer { for client in clients { client.isDone.store(true, ordering: .relaxed) } }
                    var current = first
                    for loops in [2, 3, 1] {
                        let next = Self.server(at: target, loops: loops)
                        try next.start(on: Self.copies(of: current.sockets))
                        current.stop(handingOver: true)
                        current.wait()
                        current = next
                        let before = next.metrics.count(.requests)
                        while next.metrics.count(.requests) < before + 100 { usleep(1_000) }
                    }
                    for client in clients { client.isDone.store(true, ordering: .relaxed) }
                    current.stop(handingOver: true)
                    current.wait()
                }
            }
            try await group.waitForAll()
        }
        for client in clients {
            #expect(client.failures.load(ordering: .relaxed) == 0)
            #expect(client.answers.load(ordering: .relaxed) > 0)
        }
    }

    @Test("A connection that is idle during a handover gets one last response")
    func idle() async throws {
        let server = Self.server(at: SocketAddress(host: "127.0.7.5", port: 0), loops: 1)
        let address = try #require(try server.start().first)
        try await OwnThread.run {
            let client = try TestClient(address)
            try client.send("GET /inline HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.answer().fields["connection"] == nil)
            server.stop(handingOver: true)
            try client.send("GET /inline HTTP/1.1\r\nHost: a\r\n\r\n")
            let answer = try client.answer()
            #expect(answer.status == 200)
            #expect(answer.fields["connection"] == "close")
            #expect(try client.rest() == "")
            server.wait()
        }
    }

    @Test("A socket of another process stays open when the server ends", arguments: [1, 3])
    func adopted(loops: Int) async throws {
        let socket = try ListeningSocket(binding: SocketAddress(host: "127.0.0.1", port: 0))
        try socket.listen()
        let address = socket.address
        try await OwnThread.run {
            let server = Self.server(at: address, loops: loops)
            try server.start(on: Self.copies(of: [socket]))
            for _ in 0..<20 { #expect(try Self.answer(address).status == 200) }
            server.stop(handingOver: true)
            server.wait()
            // The connection is not refused: it waits for the next server.
            let early = try TestClient(address)
            try early.send("GET /inline HTTP/1.1\r\nHost: a\r\n\r\n")
            let next = Self.server(at: address, loops: 2)
            try next.start(on: Self.copies(of: [socket]))
            #expect(try early.answer().status == 200)
            next.stop()
            next.wait()
        }
    }

    /// The sockets as another process would get them.
    private static func copies(of sockets: [ListeningSocket]) -> [ListeningSocket] {
        sockets.map { ListeningSocket(adopting: dup($0.descriptor), for: $0.configured) }
    }

    private static func answer(_ address: SocketAddress) throws -> TestAnswer {
        let client = try TestClient(address)
        try client.send("GET /inline HTTP/1.1\r\nHost: a\r\n\r\n")
        return try client.answer()
    }
}
