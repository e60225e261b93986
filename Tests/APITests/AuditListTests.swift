import Foundation
import HTTPTypes
import JSONInput
import StatusPages
import TestSupport
import Testing

@testable import allclear

/// `GET /v2/audit_events`.
@Suite(.timeLimit(.patientMinutes(2))) struct AuditListTests {
    private static let path = "/v2/audit_events"

    private let server: TestServer
    private let manager: TestKey
    private let other: TestKey

    init() throws {
        server = try TestServer()
        manager = try server.makeKey(.apiKeysManage, .statusPagePublisher, name: "manager")
        other = try server.makeKey(.statusPagePublisher, name: "other")
        for (key, token) in [("a", manager.token), ("b", other.token), ("c", manager.token)] {
            let answer = try server.call(
                .post, "/v2/status_page_incidents", token: token, from: "192.0.2.9", body: Body.incident(key: key))
            try #require(answer.status == 201)
        }
    }

    private func list(_ query: String = "page_size=250") throws -> TestResponse {
        try server.call(.get, "\(Self.path)?\(query)", token: manager.token)
    }

    private func ids(_ answer: TestResponse) -> [String] {
        (0..<(answer.count("/audit_events") ?? 0)).compactMap { answer.string("/audit_events/\($0)/id") }
    }

    @Test("The newest event comes first, with all its members")
    func members() throws {
        defer { server.remove() }
        let answer = try list("page_size=1")
        #expect(answer.status == 200)
        let event = "/audit_events/0"
        #expect(answer.string("\(event)/actor/kind") == "api_key")
        #expect(answer.string("\(event)/actor/id") == manager.id)
        #expect(answer.string("\(event)/actor/name") == "manager")
        #expect(answer.string("\(event)/action") == "created")
        #expect(answer.string("\(event)/subject/kind") == "incident")
        #expect(answer.string("\(event)/subject/name") == "Login fails")
        #expect(answer.string("\(event)/status_page_id") == server.ids["acme"])
        #expect(answer.string("\(event)/address") == "192.0.2.9")
        #expect(answer.string("\(event)/changes/status/1") == "investigating")
        #expect(answer.json("\(event)/changes/status/0") == .null)
    }

    @Test("Paging through the list returns every event once, newest first", arguments: [1, 2, 7])
    func paging(size: Int) throws {
        defer { server.remove() }
        let all = ids(try list())
        #expect(all.compactMap { Int($0) } == all.compactMap { Int($0) }.sorted(by: >))
        var found: [String] = []
        var query = "page_size=\(size)"
        while true {
            let answer = try list(query)
            found += ids(answer)
            guard let after = answer.string("/pagination_meta/after") else { break }
            query = "page_size=\(size)&after=\(after)"
        }
        #expect(found == all)
    }

    @Test("Filters")
    func filters() throws {
        defer { server.remove() }
        let all = ids(try list()).count
        let now = Clock.now()
        let later = now.advanced(byMilliseconds: 3_600_000).rfc3339
        let earlier = now.advanced(byMilliseconds: -3_600_000).rfc3339
        let counts: [(String, Int)] = [
            ("actor_id=\(manager.id)", 2), ("actor_id=\(other.id)", 1), ("actor_id={acme}", 0), ("actor_id=x", 0),
            ("actor_kind=api_key", 3), ("actor_kind=command_line", 2), ("actor_kind=clock", 0),
            ("action=deleted", 0), ("action=created&actor_kind=api_key", 3), ("since=\(later)", 0),
            ("since=\(earlier)", all), ("until=\(earlier)", 0), ("until=\(later)", all),
            ("since=\(earlier)&until=\(later)&actor_id=\(other.id)", 1),
            ("status_page_id={acme}&actor_kind=api_key", 3), ("status_page_id={clients}&actor_kind=api_key", 0),
        ]
        for (query, count) in counts {
            let answer = try list("page_size=250&\(query)")
            #expect(answer.status == 200, "\(query): \(answer.text)")
            #expect(ids(answer).count == count, "\(query)")
        }
    }

    @Test(
        "Invalid queries",
        arguments: [
            ("actor_kind=robot", "invalid_value actor_kind"), ("action=made", "invalid_value action"),
            ("since=yesterday", "invalid_format since"), ("until=1", "invalid_format until"),
            ("after=0", "invalid_value after"), ("after=999999", "invalid_value after"),
            ("after=x", "invalid_value after"), ("page_size=0", "invalid_value page_size"),
        ])
    func invalid(query: String, error: String) throws {
        defer { server.remove() }
        let answer = try list(query)
        #expect(answer.status == 422)
        #expect(answer.errors.map { $0.replacingOccurrences(of: "/", with: "") } == [error])
    }

    @Test("Only keys that manage keys may read the log")
    func roles() throws {
        defer { server.remove() }
        let answer = try server.call(.get, Self.path, token: other.token)
        #expect(answer.status == 403)
        #expect(answer.errors.first?.hasPrefix("missing_required_scope") == true)
    }

    @Test("Events of archived pages stay; internal pages get 404 and have no events")
    func hiddenPages() throws {
        defer { server.remove() }
        #expect(try list("status_page_id={inside}").status == 404)
        #expect(try list("status_page_id=x").status == 404)
        let text = try list().text
        #expect(!text.contains("Inside") && !text.contains("Wiki") && text.contains("Acme Status"))
        #expect(server.reload { $0.pages?.removeAll { $0.slug == "clients" } })
        let archived = try list("status_page_id={clients}&action=archived")
        #expect((archived.count("/audit_events") ?? 0) >= 1)
    }
}
