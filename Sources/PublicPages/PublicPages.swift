import Glibc
public import HTTPServer
public import HTTPTypes
import Markup
public import Publishing
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
        /// A form does not accept the request.
        case refused(Refusal)
        /// The request changes something. The closure runs in a write transaction, and makes the final answer.
        case writing(@Sendable (WriteTransaction) throws -> Answer)
        case notFound
    }

    /// Why a form does not accept a request.
    public enum Refusal: Equatable, Sendable {
        /// - Parameter limit: in bytes.
        case tooLarge(limit: Int)
        case unsupportedType
        /// - Parameter reason: a sentence.
        case malformed(reason: String)
        case invalid([PublicFault])
        case expiredLink
        /// - Parameter retryAfter: in seconds.
        case tooManySignUps(retryAfter: Int)
    }

    private let cache: DocumentCache
    let store: Store
    let publishing: Publishing
    let signUps: SignUpLimits
    private let sightings: DomainSightings?

    /// - Parameter sightings: notes requests for the domains of pages.
    public init(
        _ cache: DocumentCache, store: Store, publishing: Publishing, signUps: SignUpLimits = SignUpLimits(),
        sightings: DomainSightings? = nil
    ) {
        self.cache = cache
        self.store = store
        self.publishing = publishing
        self.signUps = signUps
        self.sightings = sightings
    }

    /// - Throws: `StorageError` if the database cannot be read.
    public func answer(_ request: Request) throws -> Answer {
        guard let path = Self.decode(request.path) else { return .notFound }
        if path == Self.robotsPath { return answer(request) { respond(with: Self.robots, request) } }
        let look = LookUp(contents: cache.contents, authority: request.head.authority ?? "")
        sightings?.note(look)
        if let place = look.find(path) {
            let item = look.edition(of: place).catalog.items[place.item]
            if let answer = answerForm(request, place, item.kind, path, look) { return answer }
            let answer = try answer(request, item.kind) { try read(place, item, look.edition(of: place), request) }
            if case .notFound = answer { return notFound(path, look, request) }
            return answer
        }
        if let found = look.findEvent(path) {
            let answer = try answer(request, found.kind) { try read(found, look.edition(of: found.front), request) }
            if case .notFound = answer {} else { return answer }
        }
        if let address = SubscriptionAddress(path), let answer = try followLink(address, path, look, request) {
            return answer
        }
        if let asset = look.asset(path) { return answer(request) { respond(with: asset, request) } }
        if let redirect = try redirect(path, look, request) { return answer(request) { .response(redirect) } }
        return notFound(path, look, request)
    }

    /// The words that cannot be slugs or keys of sub-pages. Paths of documents begin with them, or may do so in a later
    /// version. Screens of the dashboard have the names `archived` and `new`.
    public static let reservedWords: [String] = {
        let paths: [String] = DocumentKind.all.flatMap(\.paths)
        let segments = paths.compactMap { $0.split(separator: "/").first.map(String.init) }
        let words = segments.filter { !$0.contains(".") && !$0.contains("{") } + redirectedWords
        let planned = [
            "archived", "assets", "dashboard", "history", "incidents", "login", "new", "proxy", "subscribe",
            "subscriptions", "unsubscribe",
        ]
        return Set(words + planned).sorted()
    }()

    /// The template under which requests for a path are counted; nil if no public document has such a path.
    public static func route(_ path: Substring) -> String? {
        let path = String(path)
        if path == robotsPath { return path }
        if let route = SubscriptionAddress.route(path) { return route }
        for kind in DocumentKind.all {
            for template in kind.paths where !template.isEmpty {
                if PathTemplate(template).match(path) != nil { return "{page}\(template)" }
            }
        }
        return nil
    }

    /// The file is on every host, and lets programs read everything. Google Calendar requests it before it reads a
    /// calendar.
    static let robotsPath = "/robots.txt"
    static let robots = Document.make(
        Array("User-agent: *\nDisallow:\n".utf8),
        Document.Delivery(
            mediaType: "text/plain; charset=utf-8", cacheControl: "public, max-age=3600", fields: DocumentKind.open()),
        previous: nil, now: time(nil))

    /// Answers by method.
    /// - Parameter read: answers GET and HEAD.
    private func answer(
        _ request: Request, _ kind: DocumentKind? = nil, _ read: () throws -> Answer
    ) rethrows -> Answer {
        switch request.head.method {
        case .get, .head: try read()
        // Scripts of other origins may read everything but pages in HTML.
        case .options: .response(kind?.isHTML == true ? Self.allowed : Self.preflight)
        default: .methodNotAllowed(allowed: [.get, .head, .options])
        }
    }

    /// The answer to a request for a page with a form, if that differs from the answer of other pages.
    private func answerForm(
        _ request: Request, _ place: DocumentTable.Place, _ kind: DocumentKind, _ path: String, _ look: LookUp
    ) -> Answer? {
        guard kind.paths == [DocumentKind.subscribePath] else { return nil }
        if request.head.method == .post { return signUp(request, place, path, look) }
        guard look.edition(of: place).state.hasSubscriptionForm else { return nil }
        switch request.head.method {
        case .get, .head: return nil
        case .options: return .response(Response(.noContent, fields: [.allow: "GET, HEAD, POST, OPTIONS"]))
        default: return .methodNotAllowed(allowed: [.get, .head, .post, .options])
        }
    }

    private func read(
        _ place: DocumentTable.Place, _ item: Catalog.Item, _ edition: Edition, _ request: Request
    ) throws -> Answer {
        let query = PageQuery(request.query)
        let form = item.form.map {
            query.form($0, isPaged: item.kind.dependsOnQuery, of: edition.state.page, request)
        }
        let hasLabel = item.kind.dependsOnQuery && form == nil && query.label != nil
        if !hasLabel, form == item.form, let document = edition.document(place.item) {
            return respond(with: document, place, request)
        }
        var name = item.name
        name.form = form
        let delivery = edition.delivery(of: item.kind, scopeIndex: place.scope, form)
        let render = {
            try store.read { transaction in
                let reading = Reading(
                    edition: edition, scopeIndex: place.scope, history: transaction,
                    label: item.kind.dependsOnQuery ? query.label : nil)
                return try item.kind.render(reading, item.component, form)
            }
        }
        if hasLabel {
            guard let body = try render() else { return .notFound }
            return respond(with: Document.make(body, delivery, previous: nil, now: edition.madeAt), request)
        }
        let document = try edition.shelf.document(
            name, of: edition, isBounded: form?.number ?? 1 == 1, delivery, render: render)
        return document.map { respond(with: $0, place, request) } ?? .notFound
    }

    /// Reads the document of an event.
    private func read(_ found: LookUp.EventPlace, _ edition: Edition, _ request: Request) throws -> Answer {
        let scope = edition.scopes[found.front.scope].scope
        var form: DocumentForm?
        if found.kind.isHTML {
            let base = String(found.frontPath.dropLast(scope.path.count))
            let plain = DocumentForm(base: base, language: scope.page.site.defaultLanguage)
            form = PageQuery(request.query).form(plain, of: scope.page, request)
        }
        let name = DocumentName(kind: found.number, scope: scope.id, subject: found.id, form: form)
        let document = try edition.shelf.document(
            name, of: edition, isBounded: false,
            edition.delivery(of: found.kind, scopeIndex: found.front.scope, form)
        ) {
            try store.read { transaction in
                let reading = Reading(edition: edition, scopeIndex: found.front.scope, history: transaction)
                return try found.kind.render(reading, event: found.id, form)
            }
        }
        return document.map { respond(with: $0, request) } ?? .notFound
    }

    /// The answer to a path without a document. Readers who want HTML get the 404 of the page that the path is below.
    func notFound(_ path: String, _ look: LookUp, _ request: Request) -> Answer {
        guard [.get, .head, .post].contains(request.head.method),
            request.head.headerFields[.accept]?.contains("text/html") == true, !path.contains("/api/"),
            let found = look.enclosing(path)
        else { return .notFound }
        let edition = look.edition(of: found.place)
        let scope = edition.scopes[found.place.scope].scope
        let base = String(found.path.dropLast(scope.path.count))
        let form = PageQuery(request.query).form(
            DocumentForm(base: base, language: scope.page.site.defaultLanguage), of: scope.page, request)
        var fields = DocumentKind.siteFields(scope)
        fields[.cacheControl] = "no-store"
        fields[.contentLanguage] = form.language.rawValue
        fields[.contentType] = DocumentKind.htmlType
        fields[.vary] = "Accept"
        fields[.xContentTypeOptions] = "nosniff"
        fields[.xRobotsTag] = "noindex"
        let page = SitePage(edition, scopeIndex: found.place.scope, form)
        return .response(Response(.notFound, fields: fields, body: page.notFoundPage().bytes))
    }

    /// Responds at once, because only event loops can wait. Event loops pass on only requests in an unusual form.
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

    private static let allowed = Response(.noContent, fields: [.allow: "GET, HEAD, OPTIONS"])

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
