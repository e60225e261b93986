import Glibc
public import HTTPServer
public import HTTPTypes
import StatusPages
public import Storage

/// Everything that the public may read without a key. This handles the requests that event loops do not answer
/// themselves: those for documents that must be rendered first, and those in an unusual form.
public struct PublicPages: Sendable {
    public enum Answer: Sendable {
        case response(Response)
        /// There is a document, but the method is not supported.
        case methodNotAllowed(allowed: [HTTPRequest.Method])
        /// The document does not meet If-Match or If-Unmodified-Since.
        case preconditionFailed
        /// A query parameter is invalid.
        case badParameter(name: String, problem: String)
        case notFound
    }

    private let cache: DocumentCache
    let store: Store

    public init(_ cache: DocumentCache, store: Store) {
        self.cache = cache
        self.store = store
    }

    /// - Throws: `StorageError` if the database cannot be read.
    public func answer(_ request: Request) throws -> Answer {
        guard let path = Self.decode(request.path) else { return .notFound }
        if path == Self.robotsPath { return answer(request) { respond(with: Self.robots, request) } }
        let look = LookUp(contents: cache.contents, authority: request.head.authority ?? "")
        if let place = look.find(path), place.role != .scope {
            return try answer(request) { try read(place, look.contents.editions[place.page], request) }
        }
        if let found = look.findEvent(path) { return try answer(request) { try read(found, request) } }
        guard let redirect = try redirect(path, look, request) else { return .notFound }
        return answer(request) { .response(redirect) }
    }

    /// The words that cannot be slugs or keys of sub-pages, because the first segments of documents' paths are these, or
    /// will be.
    public static let reservedWords: [String] = {
        let paths: [String] = DocumentKind.all.flatMap(\.paths)
        let segments = paths.compactMap { $0.split(separator: "/").first.map(String.init) }
        let words = segments.filter { !$0.contains(".") && !$0.contains("{") } + redirectedWords
        let planned = ["assets", "history", "incidents", "login", "proxy", "subscribe", "unsubscribe"]
        return Set(words + planned).sorted()
    }()

    /// The template under which requests for a path are counted; nil if no public document has such a path.
    public static func route(_ path: Substring) -> String? {
        let path = String(path)
        if path == robotsPath { return path }
        for kind in DocumentKind.all {
            for template in kind.paths where PathTemplate(template).match(path) != nil { return "{page}\(template)" }
        }
        return nil
    }

    /// Every host lets programs read everything: Google Calendar was seen to ask for this before it reads a calendar.
    private static let robotsPath = "/robots.txt"
    private static let robots = Document.make(
        Array("User-agent: *\nDisallow:\n".utf8),
        Document.Delivery(
            mediaType: "text/plain; charset=utf-8", cacheControl: "public, max-age=3600", fields: DocumentKind.open()),
        previous: nil, now: time(nil))

    /// Answers by method.
    /// - Parameter read: answers GET and HEAD.
    private func answer(_ request: Request, _ read: () throws -> Answer) rethrows -> Answer {
        switch request.head.method {
        case .get, .head: try read()
        case .options: .response(Self.preflight)
        default: .methodNotAllowed(allowed: [.get, .head, .options])
        }
    }

    private func read(_ place: DocumentTable.Place, _ edition: Edition, _ request: Request) throws -> Answer {
        let item = edition.catalog.items[place.item]
        let scope = edition.scopes[place.scope].scope
        let delivery = item.kind.delivery(in: scope)
        if item.kind.dependsOnQuery, let label = Self.label(in: request) {
            guard let body = try render(item, edition, scope, label: label) else { return .notFound }
            return respond(with: Document.make(body, delivery, previous: nil, now: edition.madeAt), request)
        }
        if let document = edition.document(place.item) { return respond(with: document, place, request) }
        let document = try edition.shelf.document(item.name, of: edition, delivery) {
            try render(item, edition, scope)
        }
        return document.map { respond(with: $0, place, request) } ?? .notFound
    }

    private func render(
        _ item: Catalog.Item, _ edition: Edition, _ scope: PageScope, label: String? = nil
    ) throws -> [UInt8]? {
        try store.read { transaction in
            let reading = Reading(edition: edition, scope: scope, history: transaction, label: label)
            switch (item.kind.source, item.component) {
            case (.page(let render), _): return try render(reading)
            case (.component(let render), let component?): return try render(reading, component)
            default: return nil
            }
        }
    }

    /// The parameter `label` of the query; nil if it is absent or cannot be decoded.
    private static func label(in request: Request) -> String? {
        for parameter in (request.query ?? "").split(separator: "&") {
            let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0] == "label" else { continue }
            return PercentEncoding.decode(parts[1], plusIsSpace: true)
        }
        return nil
    }

    /// Reads the document of an event.
    private func read(_ found: LookUp.EventPlace, _ request: Request) throws -> Answer {
        let edition = found.edition
        let scope = edition.scopes[found.place.scope].scope
        let name = DocumentName(kind: found.number, scope: scope.id, subject: found.id)
        let document = try edition.shelf.document(name, of: edition, isOfEvent: true, found.kind.delivery(in: scope)) {
            try store.read { transaction in
                try found.render(Reading(edition: edition, scope: scope, history: transaction), found.id)
            }
        }
        return document.map { respond(with: $0, found.place, request) } ?? .notFound
    }

    /// Responds at once, because only event loops can wait. Event loops leave only requests in an unusual form to this.
    private func respond(with document: Document, _ place: DocumentTable.Place, _ request: Request) -> Answer {
        let conditions = ReadConditions(request.head.headerFields)
        guard place.role != .stream else { return .response(EventStream.opening(document, for: conditions)) }
        guard place.isFollowed else { return respond(with: document, request) }
        guard document.meetsRequirements(of: conditions) else { return .preconditionFailed }
        var text = String(request.query ?? "")
        let query = text.withUTF8(LiveQuery.init)
        switch query.wait {
        case .malformed: return .badParameter(name: "wait", problem: "wait must be a whole number of seconds.")
        case .none: return .response(document.response(to: conditions).response)
        case .seconds:
            return .response(document.uncachedResponse(to: conditions, tag: query.tag).response.response)
        }
    }

    private func respond(with document: Document, _ request: Request) -> Answer {
        let conditions = ReadConditions(request.head.headerFields)
        guard document.meetsRequirements(of: conditions) else { return .preconditionFailed }
        return .response(document.response(to: conditions).response)
    }

    /// Decodes each segment separately, because an encoded slash is not a separator.
    private static func decode(_ path: Substring) -> String? {
        var segments: [String] = []
        for encoded in path.split(separator: "/", omittingEmptySubsequences: false) {
            guard let segment = PercentEncoding.decode(encoded), !segment.contains("/") else { return nil }
            segments.append(segment)
        }
        return segments.joined(separator: "/")
    }

    /// The response to a CORS preflight, which allows scripts of any origin to read a document (Fetch §3.2).
    private static let preflight = Response(
        .noContent,
        fields: [
            .accessControlAllowOrigin: "*",
            .accessControlAllowMethods: "GET, HEAD",
            .accessControlAllowHeaders: "*",
            .accessControlMaxAge: "86400",
            .allow: "GET, HEAD, OPTIONS",
        ])
}
