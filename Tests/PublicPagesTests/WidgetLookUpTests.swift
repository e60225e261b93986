import HTTPTypes
import Testing

@testable import HTTPServer
@testable import PublicPages
@testable import StatusPages

@Suite("Widget look-up")
struct WidgetLookUpTests {
    private static func cache() throws -> DocumentCache {
        let cache = DocumentCache()
        try cache.show(.sample(number: 1, slug: "acme", [.subPage(2, key: "eu", [])]))
        try cache.show(
            .sample(
                number: 3, slug: "other", kind: .customer, domain: "status.other.example", [.subPage(4, key: "eu", [])])
        )
        try cache.show(.sample(number: 5, slug: "secret", kind: .internal, domain: "secret.example"))
        try cache.show(.sample(number: 6, slug: "plain", domain: "plain.example", isWidgetEnabled: false))
        return cache
    }

    /// The title of the document, which must be the same from both ways of reading; nil if there is none.
    private static func title(_ read: WidgetRead, _ cache: DocumentCache) throws -> String? {
        let inline = try read.inline(cache)?.response
        let handled = try read.handled(cache).response
        #expect(inline?.head == handled?.head)
        #expect(inline?.body == handled?.body)
        guard let body = inline?.body else { return nil }
        let text = String(decoding: body, as: UTF8.self)
        return try #require(text.firstMatch(of: /"page_title":"([^"]*)"/)).output.1.description
    }

    @Test(
        "A widget is found by slug under any host, and by domain in any case and with any port",
        arguments: [
            ("status.example", "/acme", "Page acme"), ("status.example", "/acme/eu", "Sub-page 2"),
            ("status.example:8080", "/acme", "Page acme"), ("127.0.0.1", "/acme", "Page acme"),
            ("[::1]:80", "/acme", "Page acme"), ("", "/acme", "Page acme"), ("status.example", "/other", "Page other"),
            ("status.example", "/other/eu", "Sub-page 4"), ("status.other.example", "", "Page other"),
            ("status.other.example", "/eu", "Sub-page 4"), ("STATUS.Other.EXAMPLE", "", "Page other"),
            ("status.other.example:8443", "", "Page other"), ("Status.Other.Example:", "/eu", "Sub-page 4"),
            ("status.other.example", "/other", "Page other"), ("status.other.example.", "", "Page other"),
            ("status.other.example.:8443", "/eu", "Sub-page 4"),
        ])
    func found(_ host: String, _ page: String, _ title: String) throws {
        let read = WidgetRead(path: "\(page)/api/v1/summary", host: host)
        #expect(try Self.title(read, try Self.cache()) == title)
    }

    @Test(
        "Other addresses, disabled widgets and internal pages are not found",
        arguments: [
            ("status.example", ""), ("status.example", "/"), ("status.example", "/nobody"),
            ("status.example", "/ACME"), ("status.example", "/acme/"), ("status.example", "/acme/us"),
            ("status.example", "/eu"), ("status.example", "//acme"), ("status.other.example", "/us"),
            ("x.status.other.example", ""), ("other.example", ""), ("status.example", "/secret"),
            ("secret.example", ""), ("status.example", "/plain"), ("plain.example", ""),
        ])
    func notFound(_ host: String, _ page: String) throws {
        let cache = try Self.cache()
        let read = WidgetRead(path: "\(page)/api/v1/summary", host: host)
        #expect(try Self.title(read, cache) == nil)
        #expect(try read.handled(cache).isNotFound)
    }

    @Test(
        "Only the path of the summary belongs to a widget",
        arguments: [
            "/acme/api/v1", "/acme/api/v1/summary2", "/acme/api/v2/summary", "/acme/API/v1/summary", "*",
        ])
    func otherPaths(_ path: String) throws {
        let cache = try Self.cache()
        let read = WidgetRead(method: path == "*" ? "OPTIONS" : "GET", path: path)
        #expect(try read.inline(cache) == nil)
        #expect(try read.handled(cache).isNotFound)
    }

    @Test("A query is ignored, and percent-encoding is left to the handler")
    func spelling() throws {
        let cache = try Self.cache()
        #expect(try WidgetRead(path: "/acme/api/v1/summary?a=b").inline(cache) != nil)
        #expect(try WidgetRead(path: "/acme/api/v1/summary?").handled(cache).response != nil)
        let encoded = WidgetRead(path: "/%61cme/api/v1/summ%61ry")
        #expect(try encoded.inline(cache) == nil)
        #expect(try encoded.handled(cache).response?.head.status == .ok)
        #expect(try WidgetRead(path: "/%zz/api/v1/summary").handled(cache).isNotFound)
    }

    @Test("A table finds all of many addresses, and nothing else")
    func manyEntries() throws {
        let cache = DocumentCache()
        let pages = (0..<100).map { number in
            StatusPage.sample(
                number: UInt64(number + 1), slug: "p\(number)", domain: number % 2 == 0 ? nil : "Host\(number).example")
        }
        cache.show(pages.map { cache.prepare(.sample($0), at: Timestamp(milliseconds: 0)) })
        let table = cache.contents.table
        func find(_ host: String, _ path: String) -> Int? {
            Array(host.utf8).withUnsafeBufferPointer { host in
                Array(path.utf8).withUnsafeBufferPointer { table.find(authority: host, path: $0)?.page }
            }
        }
        for number in pages.indices {
            let path = "/p\(number)/api/v1/summary"
            #expect(find("status.example", path) == number)
            #expect(table.find(DocumentAddress(host: "hOST\(number).EXAMPLE", path: "\(path)x")) == nil)
            #expect(find("", "\(path)x") == nil)
            let isAtDomain = number % 2 != 0
            #expect(find("hOST\(number).EXAMPLE", "/api/v1/summary") == (isAtDomain ? number : nil))
        }
        #expect(DocumentTable.empty.find(DocumentAddress(host: "", path: "")) == nil)
    }
}
