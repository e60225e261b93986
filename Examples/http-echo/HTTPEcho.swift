import ArgumentParser
import Dispatch
import Glibc
import HTTPServer
import HTTPTypes
import Logging

/// The engine alone, without status pages. Any HTTP test suite can run against it.
@main
struct HTTPEcho: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "http-echo", abstract: "Answer GET with OK, and POST and PUT with the body of the request.",
        discussion: "Runs until SIGTERM or SIGINT. By default, the limits are those of allclear.")

    @Argument(help: "The port to listen on; 0 for any.")
    var port: UInt16

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "The certificate file for TLS, in PEM format.")
    var certificate: String?

    @Option(help: "The file of the certificate's key, in PEM format.")
    var key: String?

    @OptionGroup(title: "Limits")
    var limits: Limits

    func validate() throws {
        if (certificate == nil) != (key == nil) { throw ValidationError("Use --certificate and --key together.") }
    }

    func run() throws {
        var tls: TLSContext?
        if let certificate, let key { tls = try TLSContext(TLSFiles(certificate: certificate, key: key)) }
        let server = HTTPServer(
            listeners: [Listener(SocketAddress(host: host, port: port), tls: tls)], settings: limits.settings,
            handler: EchoHandler(),
            logger: Logger(label: "http-echo") { _ in SwiftLogNoOpLogHandler() },
            makeInlineResponder: OKResponder.init)
        signal(SIGPIPE, SIG_IGN)
        let registered = DispatchGroup()
        let sources = [SIGTERM, SIGINT].map { number in
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler { server.stop() }
            registered.enter()
            source.setRegistrationHandler { registered.leave() }
            source.resume()
            return source
        }
        registered.wait()
        for address in try server.start() { print("listening on \(address)") }
        fflush(nil)
        withExtendedLifetime(sources) { server.wait() }
    }
}

/// The limits of the engine, one option for each.
struct Limits: ParsableArguments {
    private static let product = ServerSettings()

    @Option(transform: number) var eventLoops: Int?
    @Option(transform: number) var maxConnections = product.maxConnections
    @Option(transform: number) var maxConnectionsPerAddress = product.maxConnectionsPerAddress
    @Option(transform: number) var maxRequestsPerConnection = product.maxRequestsPerConnection
    @Option(transform: number) var maxRequestLineBytes = product.maxRequestLineBytes
    @Option(transform: number) var maxHeadBytes = product.maxHeadBytes
    @Option(transform: number) var maxFields = product.maxFields
    @Option(transform: number) var maxBodyBytes = product.maxBodyBytes
    @Option(transform: number) var maxBufferedBodyBytes = product.maxBufferedBodyBytes
    @Option(transform: number) var maxWaitingRequests = product.maxWaitingRequests
    @Option(help: "In seconds, like all timeouts.", transform: number)
    var handshakeTimeout = product.handshakeTimeout
    @Option(transform: number) var headTimeout = product.headTimeout
    @Option(transform: number) var bodyTimeout = product.bodyTimeout
    @Option(help: "The rate at which a body must arrive after --body-timeout.", transform: number)
    var minBodyBytesPerSecond = product.minBodyBytesPerSecond
    @Option(transform: number) var requestTimeout = product.requestTimeout
    @Option(transform: number) var idleTimeout = product.idleTimeout
    @Option(transform: number) var writeTimeout = product.writeTimeout
    @Option(transform: number) var shutdownTimeout = product.shutdownTimeout

    @Sendable private static func number(_ text: String) throws -> Int {
        guard let number = Int(text), number > 0 else {
            throw ValidationError("must be a whole number greater than 0")
        }
        return number
    }

    var settings: ServerSettings {
        var settings = ServerSettings()
        settings.eventLoops = eventLoops
        settings.maxConnections = maxConnections
        settings.maxConnectionsPerAddress = maxConnectionsPerAddress
        settings.maxRequestsPerConnection = maxRequestsPerConnection
        settings.minBodyBytesPerSecond = minBodyBytesPerSecond
        settings.requestTimeout = requestTimeout
        settings.maxRequestLineBytes = maxRequestLineBytes
        settings.maxHeadBytes = maxHeadBytes
        settings.maxFields = maxFields
        settings.maxBodyBytes = maxBodyBytes
        settings.maxBufferedBodyBytes = maxBufferedBodyBytes
        settings.maxWaitingRequests = maxWaitingRequests
        settings.handshakeTimeout = handshakeTimeout
        settings.headTimeout = headTimeout
        settings.bodyTimeout = bodyTimeout
        settings.idleTimeout = idleTimeout
        settings.writeTimeout = writeTimeout
        settings.shutdownTimeout = shutdownTimeout
        return settings
    }
}

/// Answers GET and HEAD on the event loop.
final class OKResponder: InlineResponder {
    private let ok = PreparedResponse(.ok, fields: [.contentType: "text/plain"], body: Array("OK".utf8))

    func respond(to request: RequestView) -> InlineAnswer? {
        request.isGET || request.isHEAD ? .response(ok) : nil
    }
}

/// Answers all other requests, on the work queue.
struct EchoHandler: RequestHandler {
    func handle(_ request: Request, respond: Responder) {
        switch (request.head.method, request.body) {
        case (_, .tooLarge(let limit)):
            respond(Self.text(.contentTooLarge, "A body may have at most \(limit) bytes."))
        case (.post, .complete(let body)), (.put, .complete(let body)):
            var fields: HTTPFields = [:]
            fields[.contentType] = request.head.headerFields[.contentType] ?? "application/octet-stream"
            respond(Response(.ok, fields: fields, body: body))
        // A GET that has a body.
        case (.get, _), (.head, _): respond(Self.text(.ok, "OK"))
        default: respond(Self.text(.methodNotAllowed, "", fields: [.allow: "GET, HEAD, POST, PUT"]))
        }
    }

    func response(to fault: HTTPFault, of request: RefusedRequest) -> Response {
        Self.text(HTTPResponse.Status(code: fault.status), fault.reason)
    }

    private static func text(
        _ status: HTTPResponse.Status, _ text: String, fields: HTTPFields = [:]
    ) -> Response {
        var fields = fields
        fields[.contentType] = "text/plain"
        return Response(status, fields: fields, body: Array(text.utf8))
    }
}
