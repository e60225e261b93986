import CLinux
import Glibc
import Logging
import Testing

@testable import HTTPServer

@Suite("Disconnected clients")
struct AbsentClientTests {
    private static let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test("Responses to disconnected clients do no harm, and go to nobody else", arguments: [true, false])
    func lateAnswers(isAbrupt: Bool) async throws {
        let mailbox = Mailbox()
        try await withServer(handler: mailbox) { server in
            var late: [Responder] = []
            for _ in 0..<100 {
                let client = try server.connect()
                if isAbrupt { try client.resetOnClose() }
                try client.send(Self.request)
                late.append(try #require(mailbox.next()).1)
            }
            // These clients reuse the slots of the earlier ones.
            let clients = try (0..<100).map { _ in try server.connect() }
            for client in clients { try client.send("GET /inline/present HTTP/1.1\r\nHost: a\r\n\r\n") }
            for respond in late { respond(.text("late")) }
            for client in clients {
                #expect(try client.answer().text == "/inline/present")
                try client.send("GET /inline/again HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try client.answer().text == "/inline/again")
            }
        }
    }

    /// A pair of connected sockets. Closing the second one resets the first, because it has unread bytes.
    private static func pair() throws -> (ours: Int32, theirs: Int32) {
        var sockets: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue) | allclear_socket_flags
        try #require(socketpair(AF_UNIX, type, 0, &sockets) == 0)
        try #require(Glibc.send(sockets[0], "x", 1, allclear_msg_nosignal) == 1)
        return (sockets[0], sockets[1])
    }

    @Test("The output for a broken connection is not sent to the next one")
    func brokenConnection() throws {
        let listener = Listener(SocketAddress(host: "127.0.0.1", port: 0))
        let resources = try LoopResources(entrances: [])
        let context = LoopContext(
            connectionCount: ConnectionCount(limit: 10), bodyBudget: BodyBudget(limit: 100_000),
            metrics: ServerMetrics(), handler: EchoHandler(),
            makeInlineResponder: InlineEcho.init,
            work: BoundedQueue(label: "test", width: 1, capacity: 1),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let loop = EventLoop(resources, settings: .testing(), context: context)
        let (ours, theirs) = try Self.pair()
        let connection = loop.connections.insert(ConnectionOrigin(descriptor: ours, listener: listener))
        // Exactly one full read, so that the loop reads again and then finds the connection reset.
        var bytes = Array(
            "GET /inline HTTP/1.1\r\nHost: a\r\n\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999\r\n\r\n".utf8)
        bytes += [UInt8](repeating: 0, count: loop.scratch.count - bytes.count)
        try #require(Glibc.send(theirs, bytes, bytes.count, allclear_msg_nosignal) == bytes.count)
        close(theirs)
        connection.isReadable = true
        loop.advance(connection)
        #expect(loop.connections.count == 0)
        #expect(loop.output.count == 0)
    }
}
