import HTTPTypes
import Storage
import TestSupport
import Testing

@testable import HTTPServer
@testable import PublicPages
@testable import StatusPages

@Suite("Pages in several languages")
struct PageLanguageTests {
    private static let page: StatusPage = {
        var page = StatusPage.sample([.component(1)])
        page.site.languages = [.en, .de]
        return page
    }()

    private let directory: TemporaryDirectory
    private let store: Store
    private let cache = DocumentCache()

    init() throws {
        directory = try TemporaryDirectory()
        store = try Store(path: directory.file("pages.db"))
        try cache.show(Self.page)
    }

    private func answer(_ language: String, _ fields: String = "") throws -> Response {
        let read = WidgetRead(path: "/acme", fields: "Accept-Language: \(language)\r\n\(fields)")
        // The language is chosen on the work queue.
        #expect(try read.inline(DocumentResponder(cache)) == nil)
        return try #require(try read.handled(cache, store).response)
    }

    @Test(
        "Each language is cached and compressed with its own tag, and follows every change",
        arguments: [("en", "Full outage"), ("de", "Vollständiger Ausfall")])
    func language(_ language: String, _ outage: String) throws {
        var tags: Set<String> = []
        for (second, ongoing) in [[], [Incident.sample(1, [[(1, .fullOutage)]])]].enumerated() {
            try cache.show(Self.page, ongoing: ongoing, second: 1_700_000_000 + Int64(second))
            let plain = try answer(language)
            let fields = plain.head.headerFields
            #expect(fields[.contentLanguage] == language)
            #expect(fields[.vary] == "Accept-Encoding, Accept-Language")
            let text = String(decoding: plain.body, as: UTF8.self)
            #expect(text.contains("<html lang=\"\(language)\""))
            #expect(text.contains("<p>\(outage)</p>") == !ongoing.isEmpty)
            let tag = try #require(fields[.eTag])
            #expect(tags.insert(tag).inserted)

            let compressed = try answer(language, "Accept-Encoding: br\r\n")
            #expect(compressed.head.headerFields[.contentEncoding] == "br")
            #expect(compressed.head.headerFields[.contentLanguage] == language)
            #expect(expanded(compressed.body, atMost: plain.body.count) == plain.body)
            let current = try answer(language, "If-None-Match: \(tag)\r\n")
            #expect(current.head.status == .notModified)
            #expect(current.head.headerFields[.vary] == "Accept-Encoding, Accept-Language")
        }
        // Another reader's language has another tag.
        let other = try answer(language == "de" ? "en" : "de")
        #expect(!tags.contains(try #require(other.head.headerFields[.eTag])))
    }

    @Test("A language is rendered once for all its readers")
    func cached() throws {
        let first = try answer("de")
        let second = try answer("de")
        let same = first.body.withUnsafeBufferPointer { one in
            second.body.withUnsafeBufferPointer { one.baseAddress == $0.baseAddress }
        }
        #expect(same)
    }
}
