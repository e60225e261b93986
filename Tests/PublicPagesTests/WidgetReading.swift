import HTTPTypes

@testable import HTTPServer
@testable import PublicPages
@testable import StatusPages

let serverURL = "https://status.example"

extension WidgetCache {
    /// Builds the page's widgets and shows them.
    func show(_ page: StatusPage, ongoing: [Incident] = [], second: Int64 = 1_700_000_000) throws {
        let now = Timestamp(milliseconds: second * 1_000)
        show([try prepare(page, serverURL: serverURL, events: PageEvents(incidents: ongoing), at: now)])
    }
}

/// A widget request, for an event loop's responder and for `PublicPages`, which handles the others.
struct WidgetRead {
    var method = "GET"
    var path = "/acme/api/v1/summary"
    var host = "status.example"
    /// Field lines, each ending in CR LF.
    var fields = ""

    /// The response of an event loop; nil if the loop leaves the request to `PublicPages`.
    func inline(_ responder: WidgetResponder) throws -> PreparedResponse? {
        guard case .response(let response)? = try answer(responder) else { return nil }
        return response
    }

    func answer(_ responder: WidgetResponder) throws -> InlineAnswer? {
        try withView { responder.respond(to: $0) }
    }

    func inline(_ cache: WidgetCache) throws -> PreparedResponse? { try inline(WidgetResponder(cache)) }

    func handled(_ cache: WidgetCache) throws -> PublicPages.Answer {
        PublicPages(cache).answer(try withView { try Request($0, body: .complete([]), remoteAddress: "") })
    }

    private func withView<Result>(_ body: (RequestView) throws -> Result) throws -> Result {
        let parser = RequestParser(limits: ServerSettings().headLimits)
        let text = "\(method) \(path) HTTP/1.1\r\nHost: \(host)\r\n\(fields)\r\n"
        return try Array(text.utf8).withUnsafeBufferPointer { bytes in
            try body(parser.parse(bytes))
        }
    }
}

extension PublicPages.Answer {
    var response: Response? {
        if case .response(let response) = self { response } else { nil }
    }

    var isNotFound: Bool {
        if case .notFound = self { true } else { false }
    }
}
