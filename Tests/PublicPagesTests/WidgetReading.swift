import HTTPTypes
import Publishing
import Storage
import TestSupport

@testable import HTTPServer
@testable import PublicPages
@testable import StatusPages

let serverURL = "https://status.example"

/// A database that no test writes to, for documents that do not read it.
private let emptyStore = Result { try EmptyStore() }.map(\.store)

private final class EmptyStore {
    let directory = try? TemporaryDirectory()
    let store: Store

    init() throws { store = try Store(path: directory?.file("empty.db") ?? "") }
}

extension PageState {
    static func sample(
        _ page: StatusPage, incidents: [Incident] = [], maintenances: [Maintenance] = []
    ) -> PageState {
        PageState(
            page: page, url: page.publicURL(serverURL: serverURL), createdAt: Timestamp(milliseconds: 0),
            incidents: incidents, maintenances: maintenances)
    }
}

extension DocumentCache {
    /// Builds the page's widgets and shows them.
    func show(_ page: StatusPage, ongoing: [Incident] = [], second: Int64 = 1_700_000_000) throws {
        show([prepare(.sample(page, incidents: ongoing), at: Timestamp(milliseconds: second * 1_000))])
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
    func inline(_ responder: DocumentResponder) throws -> PreparedResponse? {
        guard case .response(let response)? = try answer(responder) else { return nil }
        return response
    }

    func answer(_ responder: DocumentResponder) throws -> InlineAnswer? {
        try withView { responder.respond(to: $0) }
    }

    /// The response of an event loop, after `PublicPages` has made what the loop does not make.
    func inline(_ cache: DocumentCache) throws -> PreparedResponse? {
        let responder = DocumentResponder(cache)
        if let response = try inline(responder) { return response }
        _ = try handled(cache)
        return try inline(responder)
    }

    /// - Parameter store: for documents that read the database.
    func handled(_ cache: DocumentCache, _ store: Store? = nil) throws -> PublicPages.Answer {
        let publishing = Publishing(
            site: { Site(pages: [], serverURL: "https://status.example") }, now: { Timestamp(milliseconds: 0) },
            newID: { ULID(high: 0, low: 0) })
        return try PublicPages(cache, store: store ?? emptyStore.get(), publishing: publishing).answer(
            try withView { try Request($0, body: .complete([]), remoteAddress: "", isFromProxy: false) })
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
