import HTTPTypes
import Testing

@testable import HTTPServer
@testable import PublicPages
@testable import StatusPages

@Suite("Conditional and compressed reads of a widget")
struct WidgetConditionsTests {
    /// A cache with one page. Its document is large enough for compression to help.
    private static func cache() throws -> DocumentCache {
        let cache = DocumentCache()
        let page = StatusPage.sample((11..<40).map { .component($0) })
        try cache.show(page, ongoing: [.sample(7, [(11..<40).map { ($0, .fullOutage) }])])
        return cache
    }

    /// The response to a read with these field lines. It must be the same from the event loop and from `PublicPages`.
    private static func answer(_ cache: DocumentCache, _ fields: String) throws -> Response {
        let read = WidgetRead(fields: fields)
        let response = try #require(try read.inline(cache)).response
        let handled = try #require(try read.handled(cache).response)
        #expect(handled.head == response.head)
        #expect(handled.body == response.body)
        return response
    }

    @Test("A plain read gets the document and the fields for caches and browsers")
    func plain() throws {
        let response = try Self.answer(try Self.cache(), "")
        let fields = response.head.headerFields
        #expect(response.head.status == .ok)
        #expect(fields[.contentType] == "application/json")
        #expect(fields[.contentEncoding] == nil)
        #expect(fields[.vary] == "Accept-Encoding")
        #expect(fields[.accessControlAllowOrigin] == "*")
        #expect(fields[.accessControlExposeHeaders] == "ETag")
        #expect(fields[.cacheControl] == "public, max-age=10, stale-while-revalidate=30, stale-if-error=86400")
        #expect(fields[.lastModified] == "Tue, 14 Nov 2023 22:13:20 GMT")
        #expect(try #require(fields[.eTag]).wholeMatch(of: /"[0-9a-f]{32}"/) != nil)
    }

    @Test("A reader that accepts gzip gets it with its own ETag, and it inflates to the same document")
    func gzip() throws {
        let cache = try Self.cache()
        let identity = try Self.answer(cache, "")
        let compressed = try Self.answer(cache, "Accept-Encoding: deflate, gzip\r\n")
        let fields = compressed.head.headerFields
        #expect(fields[.contentEncoding] == "gzip")
        #expect(fields[.vary] == "Accept-Encoding")
        #expect(compressed.body.count < identity.body.count)
        #expect(inflated(compressed.body) == identity.body)
        let tag = try #require(identity.head.headerFields[.eTag])
        #expect(fields[.eTag] == "\(tag.dropLast())-gzip\"")
    }

    @Test(
        "A reader that does not accept gzip gets the plain document",
        arguments: ["Accept-Encoding: identity\r\n", "Accept-Encoding: gzip;q=0\r\n", "Accept-Encoding:\r\n"])
    func identity(_ fields: String) throws {
        #expect(try Self.answer(try Self.cache(), fields).head.headerFields[.contentEncoding] == nil)
    }

    @Test("A reader that accepts brotli gets it with its own ETag, smaller than gzip")
    func brotli() throws {
        let cache = try Self.cache()
        let response = try Self.answer(cache, "Accept-Encoding: gzip, br\r\n")
        #expect(response.head.headerFields[.contentEncoding] == "br")
        #expect(response.body.count < (try Self.answer(cache, "Accept-Encoding: gzip\r\n").body.count))
        let identity = try Self.answer(cache, "")
        #expect(expanded(response.body, atMost: identity.body.count) == identity.body)
        let tag = try #require(identity.head.headerFields[.eTag])
        #expect(response.head.headerFields[.eTag] == "\(tag.dropLast())-br\"")
    }

    @Test(
        "The preferred coding is chosen; of equally preferred ones, the smallest",
        arguments: [
            ("br, gzip", "br"), ("br;q=0.9, gzip", "gzip"), ("*", "br"), ("gzip;q=0.5, br;q=0.5", "br"),
            ("gzip;q=0.5, identity", nil), ("gzip;q=0.5, identity;q=0.5", "gzip"), ("br;q=0, *", "gzip"),
            ("gzip;q=0.2, *;q=0.3", "br"), ("br;q=0.1, *;q=0.2, identity;q=0.3", nil), ("deflate", nil),
            ("identity;q=0, gzip;q=0.001", "gzip"), ("*;q=0", nil),
        ] as [(String, String?)])
    func choice(_ accepted: String, _ coding: String?) throws {
        let response = try Self.answer(try Self.cache(), "Accept-Encoding: \(accepted)\r\n")
        #expect(response.head.headerFields[.contentEncoding] == coding)
    }

    @Test("Accept-Encoding can be split over two fields")
    func twoFields() throws {
        let response = try Self.answer(try Self.cache(), "Accept-Encoding: br;q=0.1\r\nAccept-Encoding: gzip\r\n")
        #expect(response.head.headerFields[.contentEncoding] == "gzip")
    }

    @Test("A document that no coding makes smaller is sent uncompressed", arguments: ["gzip", "br"])
    func tooSmall(coding: String) {
        let delivery = Document.Delivery(mediaType: "application/json", cacheControl: "no-cache", fields: [:])
        let snapshot = Document.make(Array("{}".utf8), delivery, previous: nil, now: 0)
        let response = snapshot.response(to: ReadConditions([.acceptEncoding: coding] as HTTPFields)).response
        #expect(response.head.headerFields[.contentEncoding] == nil)
        #expect(response.body == Array("{}".utf8))
    }

    @Test("A reader that names the ETag of its representation gets a 304 with the fields a 200 would have")
    func notModified() throws {
        let cache = try Self.cache()
        for encoding in ["", "Accept-Encoding: gzip\r\n", "Accept-Encoding: br\r\n"] {
            let full = try Self.answer(cache, encoding)
            let tag = try #require(full.head.headerFields[.eTag])
            for list in [tag, "W/\(tag)", "\"x\", \(tag)", "*", "\"x\"\r\nIf-None-Match: \(tag)"] {
                let response = try Self.answer(cache, encoding + "If-None-Match: \(list)\r\n")
                #expect(response.head.status == .notModified)
                #expect(response.body.isEmpty)
                for name in [HTTPField.Name.eTag, .lastModified, .cacheControl, .vary, .accessControlAllowOrigin] {
                    #expect(response.head.headerFields[name] == full.head.headerFields[name])
                }
            }
        }
    }

    @Test("The ETag of another representation does not match")
    func otherRepresentation() throws {
        let cache = try Self.cache()
        let identity = try #require(try Self.answer(cache, "").head.headerFields[.eTag])
        let gzip = try #require(try Self.answer(cache, "Accept-Encoding: gzip\r\n").head.headerFields[.eTag])
        #expect(try Self.answer(cache, "If-None-Match: \(gzip)\r\n").head.status == .ok)
        let crossed = try Self.answer(cache, "Accept-Encoding: gzip\r\nIf-None-Match: \(identity)\r\n")
        #expect(crossed.head.status == .ok)
    }

    @Test(
        "If-Modified-Since matches from the second of the last change",
        arguments: [
            ("Tue, 14 Nov 2023 22:13:19 GMT", 200), ("Tue, 14 Nov 2023 22:13:20 GMT", 304),
            ("Wed, 15 Nov 2023 00:00:00 GMT", 304), ("yesterday", 200), ("Tuesday, 14-Nov-23 22:13:20 GMT", 304),
            ("Tue Nov 14 22:13:20 2023", 304), ("Tue Nov 14 22:13:19 2023", 200),
            // A date in the future is ignored, and so are two dates (RFC 9110 §13.1.3).
            ("Fri, 01 Jan 2100 00:00:00 GMT", 200),
            ("Wed, 15 Nov 2023 00:00:00 GMT\r\nIf-Modified-Since: Wed, 15 Nov 2023 00:00:00 GMT", 200),
        ])
    func modifiedSince(_ date: String, _ status: Int) throws {
        let response = try Self.answer(try Self.cache(), "If-Modified-Since: \(date)\r\n")
        #expect(response.head.status.code == status)
    }

    @Test(
        "If-Match and If-Unmodified-Since get the document or 412",
        arguments: [
            ("If-Match: TAG", true), ("If-Match: \"x\", TAG", true), ("If-Match: *", true), ("If-Match: \"x\"", false),
            // If-Match requires a strong tag.
            ("If-Match: W/TAG", false),
            ("If-Unmodified-Since: Tue, 14 Nov 2023 22:13:20 GMT", true),
            ("If-Unmodified-Since: Tue, 14 Nov 2023 22:13:19 GMT", false), ("If-Unmodified-Since: never", true),
            ("If-Unmodified-Since: Fri, 01 Jan 2100 00:00:00 GMT", true),
            ("If-Match: TAG\r\nIf-Unmodified-Since: Tue, 14 Nov 2023 22:13:19 GMT", true),
        ])
    func requirements(_ field: String, _ isMet: Bool) throws {
        let cache = try Self.cache()
        let tag = try #require(try Self.answer(cache, "").head.headerFields[.eTag])
        let read = WidgetRead(fields: field.replacing("TAG", with: tag) + "\r\n")
        #expect(try read.inline(cache) == nil)
        switch try read.handled(cache) {
        case .response(let response): #expect(isMet && response.head.status == .ok)
        case .preconditionFailed: #expect(!isMet)
        default: Issue.record("neither")
        }
    }

    @Test("With an ETag the date is ignored")
    func precedence() throws {
        let date = "If-Modified-Since: Wed, 15 Nov 2023 00:00:00 GMT\r\n"
        #expect(try Self.answer(try Self.cache(), date + "If-None-Match: \"x\"\r\n").head.status == .ok)
    }

    @Test("A date does not match if the document changed twice in that second")
    func sameSecond() throws {
        let cache = try Self.cache()
        try cache.show(.sample(), second: 1_700_000_000)
        let since = "If-Modified-Since: Tue, 14 Nov 2023 22:13:20 GMT\r\n"
        #expect(try Self.answer(cache, since).head.status == .ok)
        let tag = try #require(try Self.answer(cache, "").head.headerFields[.eTag])
        #expect(try Self.answer(cache, "If-None-Match: \(tag)\r\n").head.status == .notModified)
    }
}
