import Foundation
import HTTPServer
import HTTPTypes
import Locking
import Logging
import ManagementAPI
import Publishing
import StatusPages
import Storage
import TestSupport
import Testing

@testable import allclear

/// How requests reach the server. The tests of every route run with both transports.
enum Transport: CaseIterable {
    /// Straight to the handler.
    case inProcess
    /// Through a socket and the event loops.
    case socket
}

/// A whole server with its own database.
final class TestServer: Sendable {
    let application: Application
    let log = RecordedLog()
    let logLevel = LogLevel(.info)
    private let directory: TemporaryDirectory
    private let transport: Transport
    private let port: UInt16

    /// IDs by name: those of pages by their slug, those of components, groups and sub-pages by their name.
    let ids: [String: String]
    private let tokens = Locked<[String: String]>([:])

    init(
        _ transport: Transport = .inProcess, directory: TemporaryDirectory? = nil, pages: [PageDeclaration] = testPages,
        replicator: (any Replicator)? = nil,
        configure: (inout Configuration) -> Void = { _ in }
    ) throws {
        self.transport = transport
        self.directory = try directory ?? TemporaryDirectory()
        var configuration = Configuration()
        configuration.listen = [ListenDeclaration(address: SocketAddress(host: "127.0.0.1", port: 0))]
        configuration.publicURL = "http://status.test"
        configuration.database = self.directory.file("test.db")
        configuration.pages = pages
        configure(&configuration)
        application = try Application(
            configuration, replicator: replicator, logLevel: logLevel, logger: log.logger)
        port = transport == .socket ? try application.start().first?.port ?? 0 : 0
        var ids: [String: String] = [:]
        for page in application.site.pages {
            ids[page.slug] = page.id.description
            for placement in page.structure.placements {
                ids[placement.component.name] = placement.component.id.description
            }
            for group in page.structure.groups { ids[group.name] = group.id.description }
            for subPage in page.structure.subPages { ids[subPage.name] = subPage.id.description }
        }
        self.ids = ids
    }

    /// Changes the current configuration and reloads it.
    /// - Returns: whether the reload succeeded.
    @discardableResult
    func reload(_ change: (inout Configuration) -> Void) -> Bool {
        var configuration = application.configuration
        change(&configuration)
        return application.reload { () throws(InvalidConfiguration) in configuration } == nil
    }

    /// Stops the server and closes the database. The file stays.
    func stop() throws {
        application.stop()
        try application.finish()
    }

    /// Stops the server, and checks that its database is undamaged and consistent.
    func remove() {
        do {
            try stop()
            let problems = try DatabaseFile(directory.file("test.db")).verify().problems
            #expect(problems == [])
        } catch {
            Issue.record(error, "the server could not be stopped, or its database could not be read")
        }
    }

    var maker: APIKeyMaker { APIKeyMaker(publishing: application.publishing) }

    /// The token of a key with these roles. The key is made on first use.
    func token(_ roles: APIKey.Role...) throws -> String {
        let name = roles.map(\.rawValue).joined(separator: ",")
        if let known = tokens.withLock({ $0[name] }) { return known }
        let token = try maker.make(name: name, roles: roles, in: application.store).token.text
        tokens.withLock { $0[name] = token }
        return token
    }

    /// Sends a request. `{name}` in the path and the body stands for the ID of that page, component, group or sub-page.
    /// - Parameters:
    ///   - token: nil sends no key.
    ///   - client: the client's address, for requests without a socket.
    func call(
        _ method: HTTPRequest.Method, _ path: String, token: String?, fields: HTTPFields = [:],
        host: String = "localhost", from client: String = "",
        body: String? = nil
    ) throws -> TestResponse {
        var fields = fields
        if let token { fields[.authorization] = "Bearer \(token)" }
        let head = HTTPRequest(
            method: method, scheme: nil, authority: host, path: filled(path), headerFields: fields)
        let bytes = Array(filled(body ?? "").utf8)
        let answer =
            switch transport {
            case .socket: try SocketClient(port: port).send(head, body: bytes)
            case .inProcess:
                try callInProcess(Request(head: head, body: .complete(bytes), remoteAddress: client))
            }
        if let path = head.path, ManagementAPI.owns(path.prefix { $0 != "?" }) {
            let problems = try described().problems(method, path, answer)
            #expect(problems.isEmpty, "the answer is not as the OpenAPI document describes it")
        }
        return answer
    }

    /// The API as the served OpenAPI document describes it.
    func described() throws -> DescribedAPI { try Self.description.get() }

    /// Only the server's URL differs between the documents of two servers, and no check uses it. So all tests share one
    /// document.
    private static let description = Result {
        let server = try TestServer()
        defer { server.remove() }
        let head = HTTPRequest(method: .get, scheme: nil, authority: "localhost", path: "/v1/openapiV3.json")
        let answer = try server.callInProcess(Request(head: head, body: .complete([])))
        return DescribedAPI(try #require(answer.json()))
    }

    /// Sends a request with a publisher's key.
    func publish(_ method: HTTPRequest.Method, _ path: String, _ body: String) throws -> TestResponse {
        try call(method, path, token: try token(.statusPagePublisher), body: body)
    }

    /// Sends a GET with a viewer's key.
    func get(_ path: String) throws -> TestResponse {
        try call(.get, path, token: try token(.statusPageViewer))
    }

    /// Sends raw bytes over a socket, and reads the one answer.
    func exchange(_ text: String) throws -> TestResponse {
        try SocketClient(port: port).exchange(Array(filled(text).utf8))
    }

    /// Reads a widget.
    func widget(_ page: String = "acme", fields: HTTPFields = [:], host: String = "localhost") throws -> TestResponse {
        let path = page.isEmpty ? "/api/v1/summary" : "/\(page)/api/v1/summary"
        return try call(.get, path, token: nil, fields: fields, host: host)
    }

    private func callInProcess(_ request: Request) throws -> TestResponse {
        let answer = Answer()
        application.frontDoor.handle(request, respond: Responder { answer.set($0) })
        let response = try #require(answer.wait())
        return TestResponse(
            status: response.head.status.code, fields: response.head.headerFields,
            body: request.head.method == .head ? [] : response.body)
    }

    private func filled(_ template: String) -> String {
        ids.reduce(template) { $0.replacingOccurrences(of: "{\($1.key)}", with: $1.value) }
    }
}

/// Waits for an answer from another thread.
private final class Answer: @unchecked Sendable {
    // The semaphore orders the write before the read.
    private var response: Response?
    private let isSet = DispatchSemaphore(value: 0)

    func set(_ response: Response?) {
        self.response = response
        isSet.signal()
    }

    func wait() -> Response? {
        guard isSet.wait(timeout: .now() + 20) == .success else { return nil }
        return response
    }
}
