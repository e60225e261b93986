import HTTPTypes
import Testing

@testable import HTTPServer
@testable import PublicPages
@testable import StatusPages

@Suite("Widget cache")
struct DocumentCacheTests {
    private static let page = StatusPage.sample([.component(11), .subPage(2, key: "eu", [.component(12)])])
    private static let incident = Incident.sample(7, [[(11, .fullOutage)]])

    /// The fields that distinguish versions of a document.
    private static func validators(
        _ cache: DocumentCache, path: String = "/acme/api/v1/summary"
    ) throws -> (tag: String?, modified: String?) {
        let fields = try #require(try WidgetRead(path: path).inline(cache)).response.head.headerFields
        return (fields[.eTag], fields[.lastModified])
    }

    @Test("A document that did not change keeps its ETag and Last-Modified")
    func unchanged() throws {
        let cache = DocumentCache()
        try cache.show(Self.page, ongoing: [Self.incident], second: 1_700_000_000)
        let before = try Self.validators(cache)
        #expect(before.modified == "Tue, 14 Nov 2023 22:13:20 GMT")
        try cache.show(Self.page, ongoing: [Self.incident], second: 1_700_000_100)
        #expect(try Self.validators(cache) == before)
    }

    @Test("A changed document gets a new ETag and date, and the others keep theirs")
    func changed() throws {
        let cache = DocumentCache()
        let subPage = "/acme/eu/api/v1/summary"
        try cache.show(Self.page, second: 1_700_000_000)
        let before = try Self.validators(cache)
        let subPageBefore = try Self.validators(cache, path: subPage)
        try cache.show(Self.page, ongoing: [Self.incident], second: 1_700_000_100)
        let after = try Self.validators(cache)
        #expect(after.tag != before.tag)
        #expect(after.modified == "Tue, 14 Nov 2023 22:15:00 GMT")
        #expect(try Self.validators(cache, path: subPage) == subPageBefore)
    }

    @Test("Last-Modified does not go back when the clock does")
    func clockStep() throws {
        let cache = DocumentCache()
        try cache.show(Self.page, second: 1_700_000_100)
        try cache.show(Self.page, ongoing: [Self.incident], second: 1_700_000_000)
        #expect(try Self.validators(cache).modified == "Tue, 14 Nov 2023 22:15:00 GMT")
    }

    @Test("Another cache policy changes the response, but not the ETag and date")
    func cachePolicy() throws {
        let cache = DocumentCache()
        var page = Self.page
        try cache.show(page, second: 1_700_000_000)
        let before = try Self.validators(cache)
        page.cachePolicy = CachePolicy(maxAge: 60, staleWhileRevalidate: 0, staleIfError: 7)
        try cache.show(page, second: 1_700_000_100)
        let fields = try #require(try WidgetRead().inline(cache)).response.head.headerFields
        #expect(fields[.cacheControl] == "public, max-age=60, stale-while-revalidate=0, stale-if-error=7")
        #expect(try Self.validators(cache) == before)
    }

    @Test("A prepared document is not served before it is shown, not even by existing responders")
    func visibility() throws {
        let cache = DocumentCache()
        let responder = DocumentResponder(cache)
        let now = Timestamp(milliseconds: 0)
        let prepared = cache.prepare(.sample(Self.page), at: now)
        #expect(try WidgetRead().inline(responder) == nil)
        cache.show([prepared])
        #expect(try WidgetRead().inline(responder) != nil)
        let changed = cache.prepare(.sample(Self.page, incidents: [Self.incident]), at: now)
        let before = try #require(try WidgetRead().inline(responder))
        cache.show([changed])
        let after = try #require(try WidgetRead().inline(responder))
        #expect(before.response.body != after.response.body)
    }

    @Test("A change to one page does not change the others")
    func otherPages() throws {
        let cache = DocumentCache()
        let other = WidgetRead(path: "/other/api/v1/summary")
        try cache.show(Self.page)
        try cache.show(.sample(number: 9, slug: "other"))
        let before = try #require(try other.inline(cache))
        try cache.show(Self.page, ongoing: [Self.incident])
        #expect(try other.inline(cache) === before)
    }

    @Test("A page that loses its widget, its slug or its domain is no longer found there")
    func removal() throws {
        let cache = DocumentCache()
        let bySlug = WidgetRead()
        let byDomain = WidgetRead(path: "/api/v1/summary", host: "acme.example")
        try cache.show(.sample(domain: "acme.example"))
        #expect(try bySlug.inline(cache) != nil)
        #expect(try byDomain.inline(cache) != nil)
        try cache.show(.sample(slug: "renamed"))
        #expect(try bySlug.inline(cache) == nil)
        #expect(try byDomain.inline(cache) == nil)
        #expect(try WidgetRead(path: "/renamed/api/v1/summary").inline(cache) != nil)
        try cache.show(.sample(slug: "renamed", isWidgetEnabled: false))
        #expect(try WidgetRead(path: "/renamed/api/v1/summary").inline(cache) == nil)
    }
}
