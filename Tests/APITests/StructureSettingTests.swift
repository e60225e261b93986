import Foundation
import GRDB
import HTTPTypes
import JSONInput
import Publishing
import StatusPages
import Testing

@testable import Storage
@testable import allclear

/// The structure of a page that the configuration does not declare, set through the API.
@Suite struct StructureSettingTests {
    /// A server with the made page "made" and the components A to D, by name in its body.
    private struct Made {
        let server: TestServer
        let page: String
        let ids: [String: String]

        init(_ transport: Transport = .inProcess, kind: StatusPage.Kind = .public) throws {
            server = try TestServer(transport)
            page = try server.makePage("made", kind: kind)
            var ids: [String: String] = [:]
            for name in ["A", "B", "C", "D"] {
                let made = try server.call(
                    .post, "/v2/status_page_components", token: try server.token(.manageSettings),
                    body: #"{"name": "\#(name)"}"#)
                ids[name] = try #require(made.string("/status_page_component/id"))
            }
            self.ids = ids
        }

        var path: String { "/v2/status_page_structures/\(page)" }

        /// `<A>` stands for the id of the component A.
        func filled(_ body: String) -> String {
            ids.reduce(body) { $0.replacingOccurrences(of: "<\($1.key)>", with: $1.value) }
        }

        func set(_ items: String, _ more: String = "") throws -> TestResponse {
            try server.call(
                .put, path, token: try server.token(.manageSettings), body: filled("{\"items\": [\(items)]\(more)}"))
        }

        func show() throws -> TestResponse { try server.get(path) }

        var revision: Int? {
            get throws { try server.application.store.read { try $0.pages() }.first { $0.slug == "made" }?.revision }
        }
    }

    private static func component(_ name: String, _ more: String = "") -> String {
        #"{"component": {"component_id": "<\#(name)>"\#(more)}}"#
    }

    private static func group(_ name: String, _ members: String..., more: String = "") -> String {
        let components = members.map { #"{"component_id": "<\#($0)>"}"# }.joined(separator: ", ")
        return #"{"group": {"name": "\#(name)", "components": [\#(components)]\#(more)}}"#
    }

    @Test("A structure is set, shown on the page at once, and kept by a reload", arguments: Transport.allCases)
    func life(transport: Transport) throws {
        let made = try Made(transport)
        defer { made.server.remove() }
        let answer = try made.set(
            "\(Self.component("A")), \(Self.group("EU <b> ", "B", "C", more: #", "description": " Both. ""#))",
            #", "display_uptime_mode": "chart_only""#)
        #expect(answer.status == 200)
        #expect(answer.string("/current_structure/items/0/component/name") == "A")
        #expect(answer.string("/current_structure/items/1/group/name") == "EU <b> ")
        #expect(answer.string("/current_structure/items/1/group/description") == " Both. ")
        #expect(answer.string("/display_uptime_mode") == "chart_only")
        #expect(answer.string("/management_meta/managed_by") == "dashboard")
        #expect(try made.show().json() == answer.json())
        #expect(try made.revision == 1)
        let page = try made.server.call(.get, "/made", token: nil)
        #expect(page.text.contains("EU &lt;b&gt; "))
        #expect(made.server.reload { $0.pages = [] })
        #expect(try made.show().json() == answer.json())
    }

    @Test("Setting the same structure again changes nothing, and omitted members keep their values")
    func same() throws {
        let made = try Made()
        defer { made.server.remove() }
        let first = try made.set("\(Self.component("A", #", "hidden": true"#)), \(Self.group("EU", "B"))")
        let group = try #require(first.string("/current_structure/items/1/group/id"))
        let tag = try made.server.call(.get, "/made/api/v1/summary", token: nil).field("ETag")
        let again = try made.set("\(Self.component("A")), \(Self.group("EU", "B", more: ", \"id\": \"\(group)\""))")
        #expect(again.json() == first.json())
        #expect(try made.revision == 1)
        #expect(try made.server.call(.get, "/made/api/v1/summary", token: nil).field("ETag") == tag)
        let other = try made.set(Self.group("EU", "B", "A"))
        #expect(other.string("/current_structure/items/0/group/id") != group)
        #expect(other.json("/current_structure/items/0/group/components/1/hidden") == .bool(true))
        #expect(try made.revision == 2)
    }

    @Test("A kept group's name and description come back byte for byte, in whatever Unicode form")
    func forms() throws {
        let made = try Made()
        defer { made.server.remove() }
        let first = try made.set(Self.group("\u{E9}", "A", more: ", \"description\": \"\u{E9}\""))
        let group = try #require(first.string("/current_structure/items/0/group/id"))
        for (name, description) in [("e\u{301}", "\u{E9}"), ("e\u{301}", "e\u{301}")] {
            let members = ", \"id\": \"\(group)\", \"description\": \"\(description)\""
            let answer = try made.set(Self.group(name, "A", more: members))
            let shown = "/current_structure/items/0/group"
            #expect(answer.string("\(shown)/name").map { Array($0.utf8) } == Array(name.utf8))
            #expect(answer.string("\(shown)/description").map { Array($0.utf8) } == Array(description.utf8))
        }
    }

    @Test("A component that returns has its old key and start of records; groups do not return")
    func returning() throws {
        let made = try Made()
        defer { made.server.remove() }
        let first = try made.set("\(Self.component("A")), \(Self.group("A", "B"))")
        let group = try #require(first.string("/current_structure/items/1/group/id"))
        let window = "start_at=2030-01-01T00:00:00Z&end_at=2030-02-01T00:00:00Z"
        let availability = "/v2/status_pages/\(made.page)/components/\(made.ids["A"] ?? "")/availability?\(window)"
        let before = try made.server.get(availability)
        #expect(before.status == 200)
        #expect(try made.set(Self.component("C")).status == 200)
        #expect(try made.server.get(availability).status == 404)
        let old = try made.set(Self.group("A", "B", more: ", \"id\": \"\(group)\""))
        #expect(old.errors == ["unknown_group /items/0/group/id"])
        #expect(try made.set("\(Self.group("A", "B")), \(Self.component("A"))").status == 200)
        #expect(try made.server.get(availability).json() == before.json())
        let page = try #require(try made.server.application.store.read { try $0.pages() }.first { $0.slug == "made" })
        let keys = try made.server.application.store.read { try $0.itemKeys(of: page.id) }.all.map(\.key)
        #expect(keys.sorted() == ["a", "a-3", "b"])
    }

    @Test("A configuration that adopts the exported page changes nothing but its manager")
    func adoption() throws {
        let made = try Made()
        defer { made.server.remove() }
        let hidden = Self.component("C", #", "hidden": true, "display_uptime": false"#)
        try #require(try made.set("\(Self.group("EU", "B", "A")), \(hidden)").status == 200)
        let before = try made.show()
        let declaration = try made.server.application.store.read { transaction in
            try transaction.declaration(of: try #require(try transaction.pages().first { $0.slug == "made" }))
        }
        #expect(!made.server.reload { $0.pages?.append(PageDeclaration(slug: "made", name: "Other")) })
        #expect(try made.show().json() == before.json())
        #expect(made.server.reload { $0.pages?.append(declaration) })
        let after = try made.show()
        #expect(after.json("/current_structure") == before.json("/current_structure"))
        #expect(after.string("/management_meta/managed_by") == "external")
        #expect(try made.set(Self.component("A")).errors == ["managed_by_configuration"])
        let path = "/v2/status_page_components/\(made.ids["A"] ?? "")"
        let token = try made.server.token(.manageSettings)
        #expect(try made.server.call(.put, path, token: token, body: "{}").errors == ["managed_by_configuration"])
    }

    @Test("A component is renamed on the page at once, and cannot be deleted while a page places it")
    func rename() throws {
        let made = try Made()
        defer { made.server.remove() }
        try #require(try made.set(Self.component("A")).status == 200)
        let path = "/v2/status_page_components/\(made.ids["A"] ?? "")"
        let token = try made.server.token(.manageSettings)
        #expect(try made.server.call(.put, path, token: token, body: #"{"name": "Renamed"}"#).status == 200)
        #expect(try made.show().string("/current_structure/items/0/component/name") == "Renamed")
        let refused = try made.server.call(.delete, path, token: token)
        #expect(refused.errors == ["in_use /id"])
        #expect(refused.string("/errors/0/message") == "The component is in use by the page \"Made\".")
        #expect(try made.set(Self.component("B")).status == 200)
        #expect(try made.server.call(.delete, path, token: token).status == 204)
    }

    @Test("Updates may name a component that left the page only if their incident named it before")
    func ongoing() throws {
        let made = try Made()
        defer { made.server.remove() }
        try #require(try made.set("\(Self.component("A")), \(Self.component("B"))").status == 200)
        func status(_ component: String, _ status: String) -> String {
            made.filled(
                #""component_statuses": [{"component_id": "<\#(component)>", "component_status": "\#(status)"}]"#)
        }
        let body = Body.incident(status("A", "full_outage")).replacingOccurrences(of: "{acme}", with: made.page)
        let declared = try made.server.publish(.post, "/v2/status_page_incidents", body)
        let incident = try #require(declared.string("/status_page_incident/id"))
        try #require(try made.set(Self.component("C")).status == 200)
        #expect(try made.server.show(incident).count("/status_page_incident/component_impacts") == 1)
        for path in ["/made", "/made/incidents/\(incident)", "/made/feed.atom", "/made/api/v2/summary.json"] {
            let document = try made.server.call(.get, path, token: nil)
            #expect(document.status == 200, "\(path)")
            #expect(document.text.contains("Login fails"), "\(path)")
        }
        let widget = try made.server.call(.get, "/made/api/v1/summary", token: nil)
        #expect(widget.count("/ongoing_incidents") == 1)
        #expect(try !widget.text.contains(#require(made.ids["A"])))
        try made.server.update(incident, status("A", "partial_outage"))
        let other = try made.server.publish(
            .post, "/v2/status_page_incident_updates", Body.update(of: incident, status("B", "partial_outage")))
        #expect(other.errors == ["unknown_component /component_statuses/0/component_id"])
        try made.server.update(incident, #""incident_status": "resolved""#)
    }

    @Test(
        "All problems are reported at once, and nothing changes",
        arguments: [
            ("{}", ["is_required /items"]), (#"{"items": []}"#, ["too_short /items"]),
            (
                #"{"items": 5, "display_uptime_mode": "all"}"#,
                ["invalid_type /items", "invalid_value /display_uptime_mode"]
            ),
            (#"{"items": [5, {}]}"#, ["invalid_type /items/0", "invalid_value /items/1"]),
            (
                #"{"items": [{"sub_page": {"name": "x"}}, {"component": {"component_id": "<A>"}, "group": {}}]}"#,
                ["invalid_value /items/0/sub_page", "invalid_value /items/1"]
            ),
            (
                #"{"items": [{"component": 5}, {"component": {"component_id": "<A>", "hidden": "no"}}]}"#,
                ["invalid_type /items/0/component", "invalid_type /items/1/component/hidden"]
            ),
            (
                #"{"items": [{"group": {"id": "x", "name": " ", "components": [{}, {"component_id": "{Wiki}"}]}}]}"#,
                [
                    "unknown_group /items/0/group/id", "too_short /items/0/group/name",
                    "is_required /items/0/group/components/0/component_id",
                    "unknown_component /items/0/group/components/1/component_id",
                ]
            ),
            (
                #"{"items": [{"group": {"name": "x", "hidden": false, "components": [{"component_id": "<A>", "hidden": true}]}}]}"#,
                ["invalid_value /items/0/group/hidden"]
            ),
        ])
    func faults(body: String, errors: [String]) throws {
        let made = try Made()
        defer { made.server.remove() }
        let before = try made.show().json()
        let answer = try made.server.call(
            .put, made.path, token: try made.server.token(.manageSettings), body: made.filled(body))
        #expect(answer.status == 422)
        #expect(answer.errors == errors)
        #expect(try made.show().json() == before)
        #expect(try made.revision == 0)
    }

    @Test("Role, page, conflict and JSON are checked in this order", arguments: Transport.allCases)
    func order(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let (token, viewer) = (try server.token(.manageSettings), try server.token(.statusPageViewer))
        func put(_ page: String, token: String) throws -> TestResponse {
            try server.call(.put, "/v2/status_page_structures/\(page)", token: token, body: "no JSON")
        }
        let refused = try put("x", token: viewer)
        #expect(refused.status == 403)
        #expect(refused.errors == ["missing_required_scope"])
        #expect(refused.string("/errors/0/metadata/scope") == "manage_settings")
        for page in ["x", "{inside}", "{Login}"] { #expect(try put(page, token: token).status == 404, "\(page)") }
        #expect(try put("{acme}", token: token).errors == ["managed_by_configuration"])
        try server.application.store.pool.write { try $0.execute(sql: "UPDATE pages SET managed_by = 'dashboard'") }
        try server.application.writer.refresh(after: nil, server.application.publisher.refresh)
        #expect(try put("{acme}", token: token).errors == ["has_sub_pages"])
        #expect(try put("{clients}", token: token).errors == ["invalid_json"])
        let allowed = try server.call(.post, "/v2/status_page_structures/{acme}", token: token, body: "{}")
        #expect(allowed.fields[.allow] == "GET, HEAD, PUT")
    }

    @Test("A page returns from the archive with what was on it, but without components that were archived meanwhile")
    func restoring() throws {
        let made = try Made()
        let server = made.server
        defer { server.remove() }
        let (a, b) = (Self.component("A"), Self.group("G", "B"))
        #expect(try made.set("\(a), \(b), \(Self.group("H", "D")), \(Self.component("C"))").status == 200)
        // Items that left the page before do not return.
        #expect(try made.set("\(a), \(b), \(Self.group("H", "D"))").status == 200)
        let before = try made.show().text
        func write(_ body: @escaping (Publishing, WriteTransaction) throws -> Void) throws {
            try server.application.store.write(as: .commandLine) { try body(server.application.publishing, $0) }
            try server.application.writer.refresh(after: nil, server.application.publisher.refresh)
        }
        func archive() throws {
            let id: ID<StatusPage> = try #require(ID(made.page))
            try write { try $0.archivePage(id, withOngoingEvents: false, in: $1) }
            #expect(try made.show().status == 404)
        }
        try archive()
        try write { _ = try $0.restorePage("made", in: $1) }
        #expect(try made.show().text == before)
        try archive()
        let path = try "/v2/status_page_components/\(#require(made.ids["D"]))"
        #expect(try server.call(.delete, path, token: try server.token(.manageSettings)).status == 204)
        try write { _ = try $0.restorePage("made", in: $1) }
        let names = ["/0/component/name", "/1/group/name", "/1/group/components/0/name", "/2/group/name"]
        let shown = try made.show()
        #expect(names.map { shown.string("/current_structure/items\($0)") } == ["A", "G", "B", nil])
    }

    @Test("A page cannot be restored if it is not archived, was declared before, or has a domain that is taken")
    func restoringRefused() throws {
        let server = try TestServer()
        defer { server.remove() }
        let store = server.application.store
        let id = ID<StatusPage>(IDSource().next())
        try store.write { transaction in
            let page = PageDeclaration(slug: "made", name: "Made", domain: "made.example")
            try transaction.insert(page, as: id, at: Clock.now())
            try transaction.archivePage(id, at: Clock.now())
        }
        let last = try #require(testPages.last?.slug)
        #expect(
            server.reload {
                $0.pages?.removeLast()
                $0.pages?[0].domain = "made.example"
            })
        func refusal(_ slug: String) -> RestoringRefusal? {
            do {
                _ = try store.write(as: .commandLine) {
                    try server.application.publishing.restorePage(slug, in: $0)
                }
                return nil
            } catch {
                return error as? RestoringRefusal
            }
        }
        #expect(refusal("acme") == .notArchived)
        #expect(refusal(last) == .declaredBefore)
        #expect(refusal("made") == .domainTaken("made.example"))
        #expect(server.reload { $0.pages?[0].domain = nil })
        #expect(refusal("made") == nil)
    }

    @Test("A component that was made through the API stays visible when an internal page places it")
    func internalPage() throws {
        let made = try Made(kind: .internal)
        defer { made.server.remove() }
        #expect(try made.set(Self.component("A")).status == 404)
        let id = try #require(made.ids["A"])
        try made.server.application.store.pool.write { db in
            try db.execute(
                sql: """
                    INSERT INTO structure_items
                        (id, page_id, kind, key, component_id, position, name, hidden, display_uptime, created_at)
                    VALUES ('00000000000000000000000009', ?, 'component', 'a', ?, 0, 'A', 0, 1, 0)
                    """, arguments: [made.page, id])
        }
        #expect(try made.server.get("/v2/status_page_components/\(id)").status == 200)
    }
}
