import Foundation
import HTTPServer
import HTTPTypes
import Litestream
import Locking
import Logging
import TestSupport
import Testing

/// The client of Litestream's control socket. The Python tests run it with Litestream itself.
@Suite("Litestream's socket", .timeLimit(.patientMinutes(1)))
struct LitestreamSocketTests {
    private typealias Answer = (status: Int, body: String)

    /// Gives the answers in turn, and then repeats the last one. Without answers, it never answers.
    private final class FakeLitestream: RequestHandler {
        private let answers: [Answer]
        let requests = Locked<[String]>([])
        private let unanswered = Locked<[Responder]>([])

        init(_ answers: [Answer]) { self.answers = answers }

        func handle(_ request: Request, respond: Responder) {
            var body = ""
            if case .complete(let bytes) = request.body { body = String(decoding: bytes, as: UTF8.self) }
            let text = "\(request.head.method) \(request.head.path ?? "") \(body)"
            let count = requests.withLock { requests in
                requests.append(text)
                return requests.count
            }
            guard let answer = answers.prefix(count).last else { return unanswered.withLock { $0.append(respond) } }
            respond(Response(HTTPResponse.Status(code: answer.status), body: Array(answer.body.utf8)))
        }

        func isUrgent(_ request: Request) -> Bool { false }

        func response(to fault: HTTPFault, of request: RefusedRequest) -> Response { Response(.badRequest) }

        func answerAll() { for respond in unanswered.withLock({ $0 }) { respond(Response(.ok)) } }
    }

    private final class NoInline: InlineResponder {
        func respond(to request: RequestView) -> InlineAnswer? { nil }
    }

    private let directory: TemporaryDirectory
    private let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("l.sock")
    }

    /// Runs `body` while a fake Litestream answers at `path`.
    private func with(
        _ answers: Answer..., body: (LitestreamSocket) throws -> Void
    ) throws -> [String] {
        let litestream = FakeLitestream(answers)
        let server = HTTPServer(
            listeners: [Listener(.unix(path: path))], settings: ServerSettings(), handler: litestream,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, makeInlineResponder: NoInline.init)
        _ = try server.start(on: nil)
        defer {
            litestream.answerAll()
            server.stop()
            server.wait()
        }
        try body(LitestreamSocket(path: path, database: "/data/x/../a \"b\".db", timeout: 1))
        return litestream.requests.withLock { $0 }
    }

    @Test(
        "Only an answer that confirms the copy counts",
        arguments: [
            (200, #"{"status":"synced","path":"/a","txid":4,"replicated_txid":4}"#, nil),
            (200, #"{"status":"no_change","path":"/a","txid":1,"replicated_txid":1}"#, nil),
            (200, #"{"status":"synced"}"#, "did not confirm the copy"),
            (404, "404 page not found", "HTTP status 404"),
            (404, #"{"error":"database not found: /a"}"#, "database not found: /a"),
            (500, #"{"error":"sync database: away"}"#, "sync database: away"),
            (200, "{", "HTTP status 200"),
            (200, #"{"txid":1,"replicated_txid":1}"# + String(repeating: " ", count: 65_000), nil),
            (200, #"{"txid":1,"replicated_txid":1}"# + String(repeating: " ", count: 66_000), "does not answer"),
        ] as [(Int, String, String?)])
    func answers(status: Int, body: String, problem: String?) throws {
        let requests = try with((status, body)) { socket in
            // Twice, over the same connection.
            for _ in 0..<2 {
                var found: String?
                do { try socket.sync() } catch { found = "\(error)" }
                #expect((found == nil) == (problem == nil))
                if let problem { #expect(found?.contains(problem) == true) }
            }
        }
        #expect(requests.count == 2)
        let request = try #require(requests.first)
        #expect(request.hasPrefix("POST /sync {"))
        let sent = try JSONSerialization.jsonObject(with: Data(request.dropFirst("POST /sync ".count).utf8))
        #expect((sent as? NSDictionary) == ["path": "/data/a \"b\".db", "wait": true, "timeout": 1])
    }

    @Test("A commit of another process does not fail the request that it overtakes")
    func overtaken() throws {
        // Litestream reads both numbers after the copy, when it may know newer transactions than the copied ones.
        let requests = try with(
            (200, #"{"txid":5,"replicated_txid":4}"#), (200, #"{"txid":6,"replicated_txid":4}"#),
            (200, #"{"txid":7,"replicated_txid":5}"#)
        ) { try $0.sync() }
        #expect(requests.count == 3)
    }

    @Test("A replica that stays behind ends the wait at the timeout")
    func behind() throws {
        let requests = try with((200, #"{"txid":4,"replicated_txid":3}"#)) { socket in
            let error = #expect(throws: LitestreamSocket.Failure.self) { try socket.sync() }
            #expect(error?.description == "Litestream did not copy transaction 4 within 1 s; the replica ends at 3")
        }
        #expect(requests.count > 1)
    }

    @Test("The check asks for the database and changes nothing")
    func check() throws {
        #expect(
            try with((200, #"{"txid":4}"#)) { try $0.check() } == ["GET /txid?path=/data/a%20%22b%22.db "])
    }

    @Test("A request ends at the timeout")
    func timeout() throws {
        _ = try with { socket in #expect(throws: LitestreamSocket.Failure.self) { try socket.sync() } }
    }

    @Test("Without Litestream, the error names the socket; once it runs, requests work again")
    func absent() throws {
        let socket = LitestreamSocket(path: path, database: "/a", timeout: 1)
        let error = #expect(throws: LitestreamSocket.Failure.self) { try socket.sync() }
        #expect(error?.description.hasPrefix("Litestream does not answer at \(path): ") == true)
        _ = try with((200, #"{"txid":1,"replicated_txid":1}"#)) { _ in try socket.sync() }
    }
}
