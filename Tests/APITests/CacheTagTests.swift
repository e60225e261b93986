import HTTPTypes
import Testing

@testable import allclear

@Suite("Keys by which caches purge documents")
struct CacheTagTests {
    /// Paths, and the kinds of their documents.
    private static let kinds = [
        ("", "html"), ("/history", "html"), ("/subscribe", "html"), ("/uk", "html"), ("/incidents/{incident}", "html"),
        ("/api/v1/summary", "summary"), ("/uk/api/v1/summary", "summary"), ("/api/v2/status.json", "statuspage"),
        ("/api/v2/incidents.json", "statuspage"), ("/api/v2/incidents/{incident}.json", "statuspage"),
        ("/feed.rss", "feed"), ("/history.atom", "feed"), ("/maintenances.ics", "calendar"), ("/badge.svg", "badge"),
        ("/badge/{Website}.json", "badge"), ("/favicon.svg", "icon"), ("/favicon.ico", "icon"),
    ]

    @Test("With cache_tags, both fields name the page and the kind of every document, even in a 304 response")
    func keys() throws {
        let server = try TestServer { $0.hasCacheTags = true }
        defer { server.remove() }
        let incident = try server.declare(key: "a")
        for (path, kind) in Self.kinds {
            let path = "/acme" + path.replacing("{incident}", with: incident)
            let answer = try server.call(.get, path, token: nil)
            #expect(answer.status == 200, "\(path)")
            #expect(answer.field("Surrogate-Key") == "page-acme \(kind)", "\(path)")
            #expect(answer.field("Cache-Tag") == "page-acme,\(kind)", "\(path)")
            let again = try server.call(
                .get, path, token: nil, fields: [.ifNoneMatch: try #require(answer.fields[.eTag])])
            #expect(again.status == 304, "\(path)")
            #expect(again.field("Surrogate-Key") == "page-acme \(kind)", "\(path)")
        }
        #expect(try server.widget("clients").status == 404)
        let byDomain = try server.widget("", host: "status.acme.example")
        #expect(byDomain.field("Surrogate-Key") == "page-acme summary")
        #expect(try server.call(.get, "/nothing", token: nil).field("Surrogate-Key") == nil)
    }

    @Test("Cache tags are off by default, and a reload switches them without changing the documents")
    func reload() throws {
        let server = try TestServer()
        defer { server.remove() }
        func keys() throws -> [String?] {
            try Self.kinds.filter { !$0.0.contains("{incident}") }.map { path, _ in
                try server.call(.get, "/acme\(path)", token: nil).field("Surrogate-Key")
            }
        }
        #expect(try keys().allSatisfy { $0 == nil })
        let tag = try server.widget().fields[.eTag]
        #expect(server.reload { $0.hasCacheTags = true })
        #expect(try keys().allSatisfy { $0?.hasPrefix("page-acme ") == true })
        #expect(try server.widget().fields[.eTag] == tag)
        _ = try server.declare(key: "a")
        #expect(try keys().allSatisfy { $0?.hasPrefix("page-acme ") == true })
        #expect(server.reload { $0.hasCacheTags = false })
        #expect(try keys().allSatisfy { $0 == nil })
    }
}
