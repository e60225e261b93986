import Dispatch
import Glibc
import HTTPTypes
import Locking
import Logging
import TestSupport
import Testing

@testable import HTTPServer

extension ServerSettings {
    /// Settings with two loops on every machine. Tests that need all connections on one loop pass 1.
    static func testing(eventLoops: Int = 2, _ change: (inout ServerSettings) -> Void = { _ in }) -> ServerSettings {
        var settings = ServerSettings()
        settings.eventLoops = eventLoops
        settings.shutdownTimeout = 5
        // All connections of a test come from one address.
        settings.maxConnectionsPerAddress = settings.maxConnections
        change(&settings)
        return settings
    }
}

/// The server under test.
struct TestServer: Sendable {
    let server: HTTPServer
    let address: SocketAddress

    func connect() throws -> TestClient { try TestClient(address) }

    /// Opens a connection, sends a request, and reads one answer.
    func answer(to request: String, isHEAD: Bool = false) throws -> TestAnswer {
        let client = try connect()
        try client.send(request)
        return try client.answer(isHEAD: isHEAD)
    }

    /// Waits until the server has closed `expected` connections, which happens after their clients notice the end.
    /// Fails the test after a timeout.
    func waitUntil(closed expected: Int) {
        for _ in 0..<1_000 {
            if server.metrics.count(.connectionsClosed) == expected { return }
            usleep(20_000)
        }
        Issue.record("\(server.metrics.count(.connectionsClosed)) connections are closed, not \(expected)")
    }

    /// - Returns: false if the server did not end.
    func waitUntilEnded() -> Bool {
        let ended = Event()
        DispatchQueue.global().async { [server] in
            server.wait()
            ended.happen()
        }
        return ended.wait()
    }
}

/// Runs a server on a free port while `body` runs. `body` runs on a thread that may block.
/// - Parameter host: a loopback address; tests that need their port to stay free afterwards choose one that no other
///   test uses.
func withServer(
    _ settings: ServerSettings = .testing(), host: String = "127.0.0.1", handler: any RequestHandler = EchoHandler(),
    announcer: Announcer = Announcer(), logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
    field: ServerField? = nil,
    inline: @escaping @Sendable () -> any InlineResponder = { InlineEcho() },
    _ body: (TestServer) async throws -> Void
) async throws {
    let server = HTTPServer(
        listeners: [Listener(SocketAddress(host: host, port: 0))], settings: settings, handler: handler,
        logger: logger, announcer: announcer, field: field,
        makeInlineResponder: inline)
    let address = try #require(try server.start().first)
    defer { server.stop() }
    try await OwnThread.run { try await body(TestServer(server: server, address: address)) }
}

/// Answers requests under `/inline` on the event loop, with their target. If the target contains `large`, padding
/// follows.
final class InlineEcho: InlineResponder {
    static let padding = [UInt8](repeating: UInt8(ascii: "."), count: 200_000)

    func respond(to request: RequestView) -> InlineAnswer? {
        let target = request.target
        guard target.hasPrefix("/inline") else { return nil }
        let body = Array(target.utf8) + (target.contains("large") ? Self.padding : [])
        return .response(PreparedResponse(.ok, fields: [.contentType: "text/plain"], body: body))
    }
}

/// Answers with the method, target and body of the request.
struct EchoHandler: RequestHandler {
    func handle(_ request: Request, respond: Responder) {
        switch request.body {
        case .complete(let body):
            let text =
                "\(request.head.method.rawValue) \(request.head.path ?? "") " + String(decoding: body, as: UTF8.self)
            respond(Response(.ok, fields: [.contentType: "text/plain"], body: Array(text.utf8)))
        case .tooLarge(let limit):
            respond(Response(.contentTooLarge, body: Array("at most \(limit)".utf8)))
        }
    }

    func response(to fault: HTTPFault, of request: RefusedRequest) -> Response { .fault(fault) }
}

/// Calls a test's closure for each request. Requests for `/urgent` are urgent.
struct ClosureHandler: RequestHandler {
    let body: @Sendable (Request, Responder) -> Void

    init(_ body: @escaping @Sendable (Request, Responder) -> Void) { self.body = body }

    func handle(_ request: Request, respond: Responder) { body(request, respond) }
    func isUrgent(_ request: Request) -> Bool { request.path == "/urgent" }
    func response(to fault: HTTPFault, of request: RefusedRequest) -> Response { .fault(fault) }
}

/// Records the requests that the engine rejects, and answers no others.
final class RefusalRecord: RequestHandler {
    private let refused = Locked<[RefusedRequest]>([])

    var all: [RefusedRequest] { refused.withLock { $0 } }

    func handle(_ request: Request, respond: Responder) {}

    func response(to fault: HTTPFault, of request: RefusedRequest) -> Response {
        refused.withLock { $0.append(request) }
        return .fault(fault)
    }
}

/// Keeps requests until the test answers them.
final class Mailbox: RequestHandler {
    private let arrived = Event()
    private let requests = Locked<[(Request, Responder)]>([])

    func handle(_ request: Request, respond: Responder) {
        requests.withLock { $0.append((request, respond)) }
        arrived.happen()
    }

    func response(to fault: HTTPFault, of request: RefusedRequest) -> Response { .fault(fault) }

    /// The oldest request not taken yet, once there is one; nil if none comes.
    func next() -> (Request, Responder)? {
        guard arrived.wait() else { return nil }
        return requests.withLock { $0.removeFirst() }
    }
}

extension Response {
    static func fault(_ fault: HTTPFault) -> Response {
        Response(
            HTTPResponse.Status(code: fault.status), fields: [.contentType: "text/plain"],
            body: Array("fault: \(fault.reason)".utf8))
    }

    static func text(_ text: String) -> Response { Response(.ok, body: Array(text.utf8)) }
}
