import Glibc
import Logging
import Synchronization
import TestSupport
import Testing

@testable import HTTPServer

@Suite("Handing over")
struct HandOverTests {
    private static func server(at address: SocketAddress, loops: Int) -> HTTPServer {
        var settings = ServerSettings.testing(eventLoops: loops)
        settings.handOverSeconds = 1
        return HTTPServer(
            listeners: [Listener(address)], settings: settings, handler: EchoHandler(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, makeInlineResponder: InlineEcho.init)
    }

    /// Notices when the whole process stands still, as it does with its machine.
    private final class Watch: Sendable {
        private let longest = Atomic(0)
        let isDone = Atomic(false)

        /// Whether it stood still for about as long as a server that goes waits for its clients.
        var hasSeenStandstill: Bool { longest.load(ordering: .relaxed) >= 500 }

        func run() {
            while !isDone.load(ordering: .relaxed) {
                let start = ContinuousClock.now
                usleep(10_000)
                longest.max(Int((.now - start) / .milliseconds(1)), ordering: .relaxed)
            }
        }
    }

    /// Asks without a pause, on connections that are kept and on new ones, until it is told to stop.
    private final class BusyClient: Sendable {
        let answers = Atomic(0)
        let failures = Atomic(0)
        let isDone = Atomic(false)

        func run(_ address: SocketAddress, requestsPerConnection: Int, _ watch: Watch) {
            while !isDone.load(ordering: .relaxed) {
                // From one request to the next.
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
                    // A client may then ask later than a server that goes waits for it.
                    if pause >= .seconds(1), watch.hasSeenStandstill { continue }
                    failures.add(1, ordering: .relaxed)
                    Issue.record(error)
                }
            }
        }
    }

    @Test("No request fails while one server takes over from another, whatever their number of loops")
    func busy() async throws {
        let first = Self.server(at: SocketAddress(host: "127.0.7.4", port: 0), loops: 2)
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
                    var current = first
                    for loops in [2, 3, 1] {
                        let next = Self.server(at: target, loops: loops)
                        try next.start(takingOver: true)
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

    @Test(
        "While sockets are closed one after the other, those that are left get no connection",
        arguments: [(2, 1), (2, 2), (2, 3), (3, 1), (3, 2)])
    func closing(own ownLoops: Int, successor: Int) throws {
        for order in [Array(0..<ownLoops), Array((0..<ownLoops).reversed())] {
            let own = try ListeningSockets(Listener(SocketAddress(host: "127.0.7.7", port: 0)), loops: ownLoops)
            try own.listen()
            let next = try ListeningSockets(Listener(own.address), loops: successor, isSuccessor: true)
            try next.listen()
            HandOver.steerAway(own.sockets)
            // Kept, so that none of them is reset.
            var clients = try (0..<50).map { _ in try TestClient(own.address) }
            HandOver.steerToOne(own.sockets)
            for (place, index) in order.enumerated() {
                own.sockets[index].close()
                clients += try (0..<50).map { _ in try TestClient(own.address) }
                for left in order.dropFirst(place + 1) {
                    #expect(accept(own.sockets[left].descriptor, nil, nil) == -1)
                }
            }
            withExtendedLifetime((clients, next)) {}
        }
    }

    @Test(
        "However many others there are, there are sockets for all of one, and no more than a server has loops at most",
        arguments: [
            (2, 0, 2), (1, 2, 2), (2, 3, 4), (3, 2, 3), (4, 6, 8), (33, 40, 40), (33, 64, 64), (64, 1, 64), (1, 64, 64),
            (5, 128, 64), (64, 128, 64),
        ])
    func count(loops: Int, others: Int, expected: Int) {
        #expect(ListeningSockets.count(loops: loops, others: others) == expected)
    }

    @Test(
        "A successor has a socket for each of its predecessor's, and as many on each of its loops",
        arguments: ["127.0.7.8", "::1"].filter(isUsable))
    func sockets(host: String) throws {
        for (loops, expected) in [(1, 3), (2, 4), (3, 3), (5, 5)] {
            let own = try ListeningSockets(Listener(SocketAddress(host: host, port: 0)), loops: 3)
            #expect(ListenerTable.count(at: own.sockets[0].descriptor) == 0)
            try own.listen()
            #expect(ListenerTable.count(at: own.sockets[0].descriptor) == 3)
            let next = try ListeningSockets(Listener(own.address), loops: loops, isSuccessor: true)
            #expect(next.sockets.count == expected)
            for index in 0..<loops { #expect(next.sockets(ofLoop: index, of: loops).count == expected / loops) }
        }
    }

    @Test("A connection that is idle when its server hands over has a last request answered")
    func idle() async throws {
        let server = Self.server(at: SocketAddress(host: "127.0.7.5", port: 0), loops: 1)
        let address = try #require(try server.start().first)
        try await OwnThread.run {
            let client = try TestClient(address)
            try client.send("GET /inline HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.answer().fields["connection"] == nil)
            server.stop(handingOver: true)
            // New connections are still let in, and told to leave.
            while try Self.answer(address).fields["connection"] == nil {}
            try client.send("GET /inline HTTP/1.1\r\nHost: a\r\n\r\n")
            let answer = try client.answer()
            #expect(answer.status == 200)
            #expect(answer.fields["connection"] == "close")
            #expect(try client.rest() == "")
            server.wait()
        }
    }

    @Test("A socket that was handed over by another program goes on listening when the server ends")
    func inherited() async throws {
        let address = SocketAddress(host: "127.0.7.6", port: 0)
        let socket = try TCPSocket.bind(host: "127.0.7.6", port: 0, sharing: false)
        defer { close(socket) }
        let bound = SocketAddress(host: "127.0.7.6", port: try TCPSocket.port(of: socket))
        try TCPSocket.listen(socket, on: bound)
        try await OwnThread.run {
            for loops in [1, 3] {
                let server = Self.server(at: address, loops: loops)
                try server.start(inherited: [dup(socket)])
                for _ in 0..<20 { #expect(try Self.answer(bound).status == 200) }
                server.stop(handingOver: true)
                server.wait()
            }
            // It is not refused: it waits for the next server.
            let early = try TestClient(bound)
            try early.send("GET /inline HTTP/1.1\r\nHost: a\r\n\r\n")
            let server = Self.server(at: address, loops: 2)
            try server.start(inherited: [dup(socket)])
            #expect(try early.answer().status == 200)
            server.stop()
            server.wait()
        }
    }

    /// Not every machine has IPv6.
    private static func isUsable(_ host: String) -> Bool {
        (try? ListeningSockets.checkUsable(SocketAddress(host: host, port: 0))) != nil
    }

    private static func answer(_ address: SocketAddress) throws -> TestAnswer {
        let client = try TestClient(address)
        try client.send("GET /inline HTTP/1.1\r\nHost: a\r\n\r\n")
        return try client.answer()
    }
}
