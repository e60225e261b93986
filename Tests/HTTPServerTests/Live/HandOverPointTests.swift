import CLinux
import Glibc
import Locking
import TestSupport
import Testing

@testable import HTTPServer

@Suite("Passing sockets to a successor")
struct HandOverPointTests {
    /// A handover point and the events at it.
    private struct Point {
        let path: String
        let point: HandOverPoint
        let events: Events

        final class Events: Sendable {
            private let all = Locked<[String]>([])
            private let arrived = Event()

            func note(_ event: HandOverPoint.Event) {
                all.withLock { all in
                    switch event {
                    case .handedOver: all.append("handed over")
                    case .successorEnded: all.append("successor ended")
                    case .refused(let reason): all.append(reason)
                    }
                }
                arrived.happen()
            }

            /// The next event, once there is one; nil if none comes.
            func next() -> String? { arrived.wait() ? all.withLock { $0.removeFirst() } : nil }
        }

        init(in directory: TemporaryDirectory, name: String = "db-takeover", _ sockets: [ListeningSocket]) throws {
            path = directory.file(name)
            let events = Events()
            self.events = events
            point = try HandOverPoint(at: path, sockets: { sockets }, notify: events.note)
        }
    }

    private static func sockets(_ directory: TemporaryDirectory) throws -> [ListeningSocket] {
        let sockets = try ListeningSocket.bind([
            SocketAddress(host: "127.0.0.1", port: 0), .unix(path: directory.file("http.sock")),
        ])
        for socket in sockets { try socket.listen() }
        return sockets
    }

    private static func connect(to address: SocketAddress) throws -> Int32 {
        if case .unix(let path) = address {
            let client = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            try #require(SocketFile.withAddress(of: path) { Glibc.connect(client, $0, $1) } == 0)
            return client
        }
        guard case .tcp(_, let port) = address else { return -1 }
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let status = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(status == 0)
        return client
    }

    @Test("A successor gets every socket with its address, and both accept from one queue")
    func passed() async throws {
        let directory = try TemporaryDirectory()
        try await OwnThread.run {
            let sockets = try Self.sockets(directory)
            let point = try Point(in: directory, sockets)
            #expect(!point.point.hasSuccessor)
            let predecessor = try #require(try Predecessor.find(at: point.path))
            #expect(predecessor.sockets.map(\.configured) == sockets.map(\.configured))
            #expect(predecessor.sockets.map(\.address) == sockets.map(\.address))
            #expect(predecessor.sockets.map { $0.file != nil } == [false, true])
            #expect(point.events.next() == "handed over")
            #expect(point.point.hasSuccessor)
            #expect(predecessor.isRunning)
            // Connections made before the handover are accepted by the successor.
            for (own, theirs) in zip(sockets, predecessor.sockets) {
                #expect(own.descriptor != theirs.descriptor)
                let client = try Self.connect(to: own.address)
                let accepted = accept(theirs.descriptor, nil, nil)
                #expect(accepted >= 0)
                close(accepted)
                close(client)
            }
            point.point.close()
            for socket in sockets { socket.file?.remove() }
        }
    }

    @Test("A second successor is rejected until the first has ended")
    func busy() async throws {
        let directory = try TemporaryDirectory()
        try await OwnThread.run {
            let point = try Point(in: directory, [])
            var first = try Predecessor.find(at: point.path)
            #expect(first != nil)
            #expect(point.events.next() == "handed over")
            let error = #expect(throws: ServerStartError.self) { try Predecessor.find(at: point.path) }
            #expect(error?.description.contains("another server is already taking over") == true)
            #expect(point.events.next() == "another server is already taking over")
            #expect(point.point.hasSuccessor)
            first = nil
            #expect(point.events.next() == "successor ended")
            #expect(!point.point.hasSuccessor)
            #expect(try Predecessor.find(at: point.path) != nil)
            point.point.close()
        }
    }

    @Test("A successor that announces its end still sees that its predecessor runs")
    func left() async throws {
        let directory = try TemporaryDirectory()
        try await OwnThread.run {
            let point = try Point(in: directory, [])
            let predecessor = try #require(try Predecessor.find(at: point.path))
            #expect(point.events.next() == "handed over")
            predecessor.leave()
            #expect(point.events.next() == "successor ended")
            #expect(!point.point.hasSuccessor)
            #expect(predecessor.isRunning)
            point.point.leave()
            #expect(!predecessor.isRunning)
            point.point.close()
        }
    }

    @Test("A successor learns when its predecessor ends, and keeps its sockets")
    func ended() async throws {
        let directory = try TemporaryDirectory()
        try await OwnThread.run {
            // The server's end of a connection, without a `HandOverPoint` that keeps it open.
            let (listener, file) = try SocketFile.listen(directory.file("point"), type: SOCK_SEQPACKET)
            try file.publish()
            let accepted = Locked<Int32>(-1)
            OwnThread.start {
                var readiness = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
                poll(&readiness, 1, -1)
                let descriptor = accept(listener, nil, nil)
                _ = HandOverMessage.sockets(0).send(to: descriptor)
                accepted.withLock { $0 = descriptor }
            }
            let predecessor = try #require(try Predecessor.find(at: directory.file("point")))
            #expect(predecessor.isRunning)
            let ended = Event()
            predecessor.whenEnded { ended.happen() }
            while accepted.withLock({ $0 }) < 0 { usleep(1_000) }
            close(accepted.withLock { $0 })
            #expect(ended.wait())
            #expect(!predecessor.isRunning)
            close(listener)
            file.remove()
        }
    }

    @Test("Without a running server there is no predecessor", arguments: ["nothing", "left behind", "closed"])
    func nobody(_ what: String) async throws {
        let directory = try TemporaryDirectory()
        try await OwnThread.run {
            let path = directory.file("point")
            switch what {
            case "left behind":
                let (listener, file) = try SocketFile.listen(path, type: SOCK_SEQPACKET)
                try file.publish()
                close(listener)
            case "closed":
                let point = try Point(in: directory, name: "point", [])
                point.point.close()
                #expect(access(path, F_OK) != 0)
            default: break
            }
            #expect(try Predecessor.find(at: path) == nil)
            // A leftover socket does not block the next server either.
            let point = try Point(in: directory, name: "point", [])
            #expect(try Predecessor.find(at: path) != nil)
            point.point.close()
        }
    }

    @Test("A server that sends something else or nothing is rejected", arguments: ["allclear 2 sockets 1", "?", ""])
    func foreign(_ greeting: String) async throws {
        let directory = try TemporaryDirectory()
        try await OwnThread.run {
            let (listener, file) = try SocketFile.listen(directory.file("point"), type: SOCK_SEQPACKET)
            try file.publish()
            OwnThread.start {
                var readiness = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
                poll(&readiness, 1, -1)
                let descriptor = accept(listener, nil, nil)
                if !greeting.isEmpty { send(descriptor, greeting, greeting.utf8.count, 0) }
                close(descriptor)
            }
            let error = #expect(throws: ServerStartError.self) {
                try Predecessor.find(at: directory.file("point"))
            }
            #expect(error?.description.contains("does not answer or runs another version") == true)
            close(listener)
            file.remove()
        }
    }

    @Test("A path that is longer than a socket address works")
    func longPath() async throws {
        let directory = try TemporaryDirectory()
        try await OwnThread.run {
            let folder = directory.file(String(repeating: "d", count: 120))
            mkdir(folder, 0o700)
            let path = folder + "/allclear.db-takeover"
            let point = try HandOverPoint(at: path, sockets: { [] }, notify: { _ in })
            #expect(try Predecessor.find(at: path) != nil)
            point.close()
        }
    }

    @Test(
        "Messages are read as they were written",
        arguments: [
            HandOverMessage.busy, .sockets(0), .sockets(12), .socket(.tcp(host: "::", port: 80), ownsFile: false),
            .socket(.tcp(host: "", port: 0), ownsFile: false), .socket(.unix(path: "/a b/c"), ownsFile: true),
        ])
    func messages(_ message: HandOverMessage) {
        #expect(HandOverMessage(message.text) == message)
    }
}
