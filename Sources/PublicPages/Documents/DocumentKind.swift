import HTTPServer
import HTTPTypes
public import StatusPages
import Storage

/// One kind of public document: where it is, how it is delivered and how it is rendered.
///
/// `all` is the only list of them. Addresses, look-up, caching, reserved words and the names in metrics follow from it.
struct DocumentKind: Sendable {
    /// How a document of a kind is made.
    enum Source: Sendable {
        /// Made by the write that changes it. See `ScopeEdition`.
        case summary
        /// The summary as a stream.
        case stream
        /// Rendered when it is first read after a change.
        case page(@Sendable (Reading) throws -> [UInt8])
        /// The same, for each visible component.
        case component(@Sendable (Reading, ID<Component>) throws -> [UInt8]?)
        /// A page in HTML, in each of its forms. Nil if there is none for that form.
        case site(@Sendable (Reading, DocumentForm) throws -> [UInt8]?)
        /// The page of an event in HTML, read from the database. Nil if the scope does not show such an event.
        case siteEvent(@Sendable (Reading, DocumentForm, ULID) throws -> [UInt8]?)
        /// Read from the database, for any event. Nil if the scope does not show such an event.
        case event(@Sendable (Reading, ULID) throws -> [UInt8]?)
    }

    /// How long caches may serve documents of a kind.
    enum Caching: Sendable {
        /// As the page's configuration says.
        case page
        /// A minute, as programs that poll expect.
        case minute
    }

    /// The part of a page that a document belongs to, as caches know it.
    enum Tag: String, CaseIterable, Sendable {
        case badge, calendar, feed, html, icon, statuspage, summary
    }

    /// The paths below the page or sub-page. `{id}` stands for a component or an event.
    let paths: [String]
    let mediaType: String
    /// A second key, after the page's, by which caches can purge documents.
    let tag: Tag
    var caching = Caching.page
    /// Further fields of the head.
    var fields: @Sendable (PageScope) -> HTTPFields = { _ in [:] }
    /// Whether a page has documents of this kind.
    var isServed: @Sendable (StatusPage) -> Bool = \.hasSite
    /// Whether parameters of the query change the document.
    var dependsOnQuery = false
    let source: Source

    /// - Parameter hasTags: whether the head has the keys by which caches purge documents.
    func delivery(in scope: PageScope, _ form: DocumentForm? = nil, hasTags: Bool) -> Document.Delivery {
        let policy = scope.page.cachePolicy
        let cacheControl =
            switch caching {
            case .page:
                """
                public, max-age=\(policy.maxAge), stale-while-revalidate=\(policy.staleWhileRevalidate), \
                stale-if-error=\(policy.staleIfError)
                """
            case .minute: "public, max-age=60, stale-while-revalidate=300, stale-if-error=86400"
            }
        var isFollowed = false
        if case .summary = source { isFollowed = true }
        var fields = fields(scope)
        if hasTags {
            fields[.surrogateKey] = "\(scope.page.cacheKey) \(tag.rawValue)"
            fields[.cacheTag] = "\(scope.page.cacheKey),\(tag.rawValue)"
        }
        return Document.Delivery(
            mediaType: mediaType, cacheControl: cacheControl, fields: fields,
            variesBy: form == nil || scope.page.site.languages.count < 2 ? [] : ["Accept-Language"],
            isFollowed: isFollowed
        ).inLanguage(form?.language)
    }

    /// A document that is not of an event.
    func render(_ reading: Reading, _ component: ID<Component>?, _ form: DocumentForm?) throws -> [UInt8]? {
        switch source {
        case .page(let render): try render(reading)
        case .component(let render): try component.flatMap { try render(reading, $0) }
        case .site(let render): try form.flatMap { try render(reading, $0) }
        case .summary, .stream, .event, .siteEvent: nil
        }
    }

    /// A document of an event.
    func render(_ reading: Reading, event: ULID, _ form: DocumentForm?) throws -> [UInt8]? {
        switch source {
        case .event(let render): try render(reading, event)
        case .siteEvent(let render): try form.flatMap { try render(reading, $0, event) }
        default: nil
        }
    }

    /// Whether its documents are of single events.
    var isOfEvents: Bool {
        switch source {
        case .event, .siteEvent: true
        default: false
        }
    }

    static let all = [summary, stream] + statuspage + feeds + badges + site
}

extension DocumentKind {
    /// The Widget API's document.
    static let summary = DocumentKind(
        paths: ["/api/v1/summary"], mediaType: "application/json", tag: .summary,
        fields: { _ in [.accessControlAllowOrigin: "*", .accessControlExposeHeaders: "ETag"] },
        isServed: \.hasWidget, source: .summary)

    private static let stream = DocumentKind(
        paths: ["/api/v1/stream"], mediaType: "text/event-stream", tag: .summary, isServed: \.hasWidget,
        source: .stream)
}

extension DocumentKind {
    /// The fields of documents that programs of any origin may read, and that are not pages themselves.
    static let openFields: @Sendable (PageScope) -> HTTPFields = { _ in
        open("default-src 'none'; frame-ancestors 'none'")
    }

    /// The same for a drawing in SVG. It may have styles, but no scripts.
    static var openDrawing: HTTPFields {
        open("default-src 'none'; frame-ancestors 'none'; style-src 'unsafe-inline'; sandbox")
    }

    /// - Parameter policy: the value of Content-Security-Policy.
    static func open(_ policy: String = "default-src 'none'; frame-ancestors 'none'") -> HTTPFields {
        [
            .accessControlAllowOrigin: "*", .accessControlExposeHeaders: "ETag", .contentSecurityPolicy: policy,
            .crossOriginResourcePolicy: "cross-origin",
        ]
    }
}

/// One of several forms in which a page in HTML is served.
struct DocumentForm: Hashable, Sendable {
    /// The path below which the page was asked for: `/acme`, or empty on its own domain.
    var base: String
    var language: Language
    /// Whether the query chose the language. Links then keep it.
    var isLanguageChosen = false
    /// The page of the history.
    var number = 1
}

extension Document.Delivery {
    fileprivate func inLanguage(_ language: Language?) -> Document.Delivery {
        guard let language else { return self }
        var delivery = self
        delivery.fields[.contentLanguage] = language.rawValue
        return delivery
    }
}

extension StatusPage {
    /// Whether the Widget API serves the page.
    var hasWidget: Bool { isServed && isWidgetEnabled }
    /// Whether the page itself is served, with all its documents.
    public var hasSite: Bool { kind == .public && isSiteEnabled }
    /// The key that all its documents have in caches.
    var cacheKey: String { Self.cacheKey(ofSlug: slug) }

    static func cacheKey(ofSlug slug: String) -> String { "page-\(slug)" }
}

extension HTTPField.Name {
    /// Fastly's and Varnish's spelling.
    // swift-format-ignore: NeverForceUnwrap
    fileprivate static let surrogateKey = HTTPField.Name("Surrogate-Key")!
    /// Cloudflare's and Akamai's spelling.
    // swift-format-ignore: NeverForceUnwrap
    fileprivate static let cacheTag = HTTPField.Name("Cache-Tag")!
}

/// The values that a renderer may read.
struct Reading {
    let edition: Edition
    /// The index of the document's page or sub-page in the edition.
    let scopeIndex: Int
    /// The history. It contains at least every event of the edition.
    let history: ReadTransaction
    /// The text of a badge that the query asks for.
    var label: String?

    /// The page or sub-page of the document.
    var scope: PageScope { edition.scopes[scopeIndex].scope }
    /// Midnight UTC at the start of today.
    var today: Timestamp { edition.today }
    /// The current state of the scope.
    var state: ScopeState { ScopeState(edition.state, scope) }
}

/// A path below a page, in which `{id}` stands for any text without a slash.
struct PathTemplate {
    private let start: [UInt8]
    /// Nil for a path without `{id}`.
    private let end: [UInt8]?

    init(_ path: String) {
        if let place = path.firstRange(of: "{id}") {
            start = Array(path[..<place.lowerBound].utf8)
            end = Array(path[place.upperBound...].utf8)
        } else {
            start = Array(path.utf8)
            end = nil
        }
    }

    var hasID: Bool { end != nil }

    /// The part of a path before the template, and the id; nil if the path does not end like this.
    func match(_ path: String) -> (page: String, id: String)? {
        let bytes = Array(path.utf8)
        guard let end else {
            guard bytes.ends(with: start) else { return nil }
            return (String(decoding: bytes.dropLast(start.count), as: UTF8.self), "")
        }
        guard bytes.ends(with: end) else { return nil }
        let rest = bytes.dropLast(end.count)
        guard let slash = rest.lastIndex(of: UInt8(ascii: "/")) else { return nil }
        let head = rest[...slash]
        guard slash + 1 < rest.endIndex, head.ends(with: start) else { return nil }
        return (
            String(decoding: head.dropLast(start.count), as: UTF8.self),
            String(decoding: rest[(slash + 1)...], as: UTF8.self)
        )
    }
}

extension RandomAccessCollection where Element == UInt8 {
    fileprivate func ends(with other: [UInt8]) -> Bool { suffix(other.count).elementsEqual(other) }
}
