import HTTPTypes
import Storage
import TestSupport
import Testing

@testable import HTTPServer
@testable import PublicPages
@testable import StatusPages

@Suite("Front pages rendered ahead of their readers")
struct FrontPageRendererTests {
    @Test("After a change the page is ready, in the forms that readers asked for before", arguments: ["gzip", "br"])
    func rendersAgain(_ coding: String) async throws {
        let directory = try TemporaryDirectory()
        let store = try Store(path: directory.file("pages.db"))
        let cache = DocumentCache()
        let renderer = FrontPageRenderer(cache, store: store)
        let responder = DocumentResponder(cache)
        let plain = WidgetRead(path: "/acme")
        let compressed = WidgetRead(path: "/acme", fields: "Accept-Encoding: \(coding)\r\n")
        let page = StatusPage.sample([.component(1)])
        try cache.show(page)
        let first = try await Self.eventually { try plain.inline(responder) }
        // No reader has asked for the compressed form yet, so the loop leaves the first such request to the work queue.
        #expect(try compressed.inline(responder) == nil)
        _ = try compressed.handled(cache)
        #expect(try compressed.inline(responder) != nil)

        try cache.show(page, ongoing: [.sample(1, [[(1, .fullOutage)]])], second: 1_700_000_001)
        let second = try await Self.eventually { try compressed.inline(responder) }
        #expect(second.response.head.headerFields[.contentEncoding] == coding)
        #expect(try #require(try plain.inline(responder)).response.body != first.response.body)
        withExtendedLifetime(renderer) {}
    }

    @Test("An incident colours today in the bar at once", arguments: [Int64(0), 1, 60])
    func colour(_ seconds: Int64) throws {
        let directory = try TemporaryDirectory()
        let store = try Store(path: directory.file("pages.db"))
        let cache = DocumentCache()
        let incident = Incident.sample(1, [[(1, .fullOutage)]])
        let second = incident.publishedAt.milliseconds / 1_000 + seconds
        try cache.show(.sample([.component(1)]), ongoing: [incident], second: second)
        let response = try #require(try WidgetRead(path: "/acme").handled(cache, store).response)
        let html = String(decoding: response.body, as: UTF8.self)
        #expect(html.contains("data-day=\"2023-11-14\" data-status=\"full_outage\""))
    }

    /// Asks until there is an answer.
    private static func eventually<Value>(_ value: () throws -> Value?) async throws -> Value {
        while true {
            if let value = try value() { return value }
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}
