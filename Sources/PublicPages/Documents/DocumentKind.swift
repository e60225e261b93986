import HTTPServer
import HTTPTypes
import StatusPages
import Storage

/// One kind of public document: where it is, how it is delivered and how it is rendered.
///
/// `all` is the only list of them. Addresses, look-up, caching, reserved words and the names in metrics follow from it.
struct DocumentKind: Sendable {
    /// How a document of a kind comes into being.
    enum Source: Sendable {
        /// Made by the write that changes it. See `ScopeEdition`.
        case summary
        /// The summary as a stream.
        case stream
        /// Rendered when it is first read after a change.
        case page(@Sendable (Reading) throws -> [UInt8])
        /// The same, for each visible component.
        case component(@Sendable (Reading, ID<Component>) throws -> [UInt8]?)
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

    /// The paths below the page or sub-page. `{id}` stands for a component or an event.
    let paths: [String]
    let mediaType: String
    var caching = Caching.page
    /// Further fields of the head.
    var fields: @Sendable (PageScope) -> HTTPFields = { _ in [:] }
    /// Whether a page has documents of this kind.
    var isServed: @Sendable (StatusPage) -> Bool = \.hasSite
    /// Whether the parameter `label` of the query changes the document.
    var dependsOnQuery = false
    let source: Source

    func delivery(in scope: PageScope) -> Document.Delivery {
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
        return Document.Delivery(
            mediaType: mediaType, cacheControl: cacheControl, fields: fields(scope), isFollowed: isFollowed)
    }

    static let all = [summary, stream] + statuspage + feeds + badges
}

extension DocumentKind {
    /// The Widget API's document.
    static let summary = DocumentKind(
        paths: ["/api/v1/summary"], mediaType: "application/json",
        fields: { _ in [.accessControlAllowOrigin: "*", .accessControlExposeHeaders: "ETag"] },
        isServed: \.hasWidget, source: .summary)

    private static let stream = DocumentKind(
        paths: ["/api/v1/stream"], mediaType: "text/event-stream", isServed: \.hasWidget, source: .stream)
}

extension DocumentKind {
    /// The fields of documents that programs of any origin may read, and that are not pages themselves.
    static let openFields: @Sendable (PageScope) -> HTTPFields = { _ in
        open("default-src 'none'; frame-ancestors 'none'")
    }

    /// - Parameter policy: the value of Content-Security-Policy.
    static func open(_ policy: String = "default-src 'none'; frame-ancestors 'none'") -> HTTPFields {
        [
            .accessControlAllowOrigin: "*", .accessControlExposeHeaders: "ETag", .contentSecurityPolicy: policy,
            .crossOriginResourcePolicy: "cross-origin",
        ]
    }
}

extension StatusPage {
    /// Whether the Widget API serves the page.
    var hasWidget: Bool { isServed && isWidgetEnabled }
    /// Whether the page itself is served, with all its documents.
    var hasSite: Bool { kind == .public && isSiteEnabled }
}

/// What a renderer may read.
struct Reading {
    let edition: Edition
    /// The page or sub-page of the document.
    let scope: PageScope
    /// The history. It has at least what the edition has.
    let history: ReadTransaction
    /// The text of a badge that the query asks for.
    var label: String?

    /// Midnight UTC at the start of today.
    var today: Timestamp { edition.today }
    /// What the scope shows now.
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
