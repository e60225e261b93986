import HTTPTypes
import Testing

@testable import HTTPServer
@testable import PublicPages
@testable import StatusPages

@Suite("Streams of a widget's changes")
struct WidgetStreamTests {
    private static let page = StatusPage.sample([.component(11), .subPage(2, key: "eu", [.component(12)])])
    private static let incident = Incident.sample(7, [[(11, .fullOutage)]])
    private let cache = DocumentCache()
    private let responder: DocumentResponder

    init() throws {
        var settings = LiveSettings()
        settings.heartbeatSeconds = 9
        settings.maxStreams = 1
        responder = DocumentResponder(cache, followers: Followers(settings))
        try cache.show(Self.page)
    }

    private func open(
        _ fields: String = "", method: String = "GET", path: String = "/acme/api/v1/stream"
    ) throws -> InlineAnswer? {
        try WidgetRead(method: method, path: path, fields: fields).answer(responder)
    }

    /// The event with a page's current document.
    private func event(path: String = "/acme/api/v1/summary") throws -> String {
        let response = try #require(try WidgetRead(path: path).inline(cache)).response
        let tag = try #require(response.head.headerFields[.eTag])
        return "event: summary\nid: \(tag)\ndata: \(String(decoding: response.body, as: UTF8.self))\n\n"
    }

    @Test("A stream starts with the document, as an event whose id is the ETag")
    func opening() throws {
        for (stream, summary) in [
            ("/acme/api/v1/stream", "/acme/api/v1/summary"), ("/acme/eu/api/v1/stream", "/acme/eu/api/v1/summary"),
        ] {
            let (opening, request) = try #require(try open(path: stream)?.stream)
            #expect(opening.text == "retry: 3000\n\n" + (try event(path: summary)))
            let fields = opening.response.head.headerFields
            #expect(opening.response.head.status == .ok)
            #expect(fields[.contentType] == "text/event-stream")
            #expect(fields[.cacheControl] == "no-store, no-transform")
            #expect(fields[.accessControlAllowOrigin] == "*")
            #expect(request.patience == 9)
        }
    }

    @Test("Resuming after the current document does not send it again")
    func resuming() throws {
        let tag = try #require(try WidgetRead().inline(cache)?.response.head.headerFields[.eTag])
        let resumed = try #require(try open("Last-Event-ID: \(tag)\r\n")?.stream?.opening)
        #expect(resumed.text == "retry: 3000\n\n")
        let missed = try #require(try open("Last-Event-ID: \"older\"\r\n")?.stream?.opening)
        #expect(missed.text == "retry: 3000\n\n" + (try event()))
    }

    @Test("Every change is an event on one line, and nothing else is")
    func news() throws {
        let request = try #require(try open()?.stream?.request)
        #expect(request.news().isWait)
        var incident = Self.incident
        for name in ["Two\nlines", "and\r\nmore"] {
            incident.name = name
            try cache.show(Self.page, ongoing: [incident])
            let part = try #require(request.news().part)
            #expect(part == (try event()))
            #expect(part.utf8.filter { $0 == UInt8(ascii: "\n") }.count == 4)
            #expect(request.news().isWait)
        }
        #expect(request.timeUp().part == ":\n\n")
    }

    @Test("A stream ends when the server stops, and when its widget is removed")
    func end() throws {
        let request = try #require(try open()?.stream?.request)
        #expect(request.stop().isEnd)
        try cache.show(.sample(isWidgetEnabled: false))
        #expect(request.news().isEnd)
    }

    @Test("The number of streams is limited: one more gets the document and ends")
    func limit() throws {
        let first = try open()
        #expect(first?.stream != nil)
        guard case .unheld(let response, .streams)? = try open() else {
            Issue.record("one more was admitted")
            return
        }
        #expect(response.text == "retry: 3000\n\n" + (try event()))
        #expect(response.fields.contains("Content-Length"))
        withExtendedLifetime(first) {}
    }

    @Test("HEAD gets only the head, and an unknown page has no stream")
    func others() throws {
        guard case .response(let response)? = try open(method: "HEAD") else {
            Issue.record("HEAD is not answered")
            return
        }
        #expect(!response.fields.contains("Content-Length"))
        #expect(try open(path: "/other/api/v1/stream") == nil)
        #expect(try open(path: "/api/v1/stream") == nil)
        let post = WidgetRead(method: "POST", path: "/acme/api/v1/stream")
        guard case .methodNotAllowed = try post.handled(cache) else {
            Issue.record("POST is allowed")
            return
        }
        let preflight = try WidgetRead(method: "OPTIONS", path: "/acme/api/v1/stream").handled(cache).response
        #expect(preflight?.head.status == .noContent)
        let handled = try WidgetRead(path: "/ac%6De/api/v1/stream").handled(cache).response
        #expect(handled.map { String(decoding: $0.body, as: UTF8.self) } == "retry: 3000\n\n" + (try event()))
    }
}
