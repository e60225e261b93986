import HTTPServer
import HTTPTypes
import StatusPages
import Storage
import TestSupport
import Testing

@testable import PublicPages
@testable import allclear

/// Properties of every public document, whatever is written.
@Suite("Public documents after any writes")
struct PublicDocumentTests {
    @Test(
        "Every document equals a new rendering from the database, and its ETag changes exactly when its bytes do",
        arguments: 1...3 as ClosedRange<UInt64>)
    func fresh(seed: UInt64) throws {
        let server = try TestServer()
        defer { server.remove() }
        var course = WriteCourse(server, seed: seed)
        var known: [String: (tag: String, body: [UInt8])] = [:]
        for _ in 0..<20 {
            for _ in 0..<Int.random(in: 1...3, using: &course.random) { try course.step() }
            try Self.check(server, events: course.events, against: &known)
        }
    }

    private static func check(
        _ server: TestServer, events: [String], against known: inout [String: (tag: String, body: [UInt8])]
    ) throws {
        let (store, site) = (server.application.store, server.application.site)
        let fresh = DocumentCache()
        // The lengths of ongoing events depend on the time at which the edition was made.
        let times = Dictionary(
            uniqueKeysWithValues: server.application.publisher.documents.contents.editions.map {
                ($0.state.page.id, Timestamp(milliseconds: Int64($0.madeAt) * 1_000))
            })
        fresh.show(
            try store.read { transaction in
                try site.servedPages.map { page in
                    let state = try transaction.state(of: page, serverURL: site.serverURL)
                    return fresh.prepare(state, at: try #require(times[page.id]))
                }
            })
        let pages = PublicPages(fresh, store: store, publishing: server.application.publishing)
        for path in paths(of: fresh, events) {
            let shown = try server.call(.get, path, token: nil)
            let request = Request(head: HTTPRequest(method: .get, scheme: nil, authority: "localhost", path: path))
            guard case .response(let expected) = try pages.answer(request) else {
                #expect(shown.status == 404, "\(path)")
                continue
            }
            #expect(shown.status == expected.head.status.code, "\(path)")
            let isSame = shown.body == expected.body
            #expect(isSame, "\(path)")
            // A redirect has no ETag.
            guard let tag = shown.fields[.eTag] else { continue }
            if let before = known[path] {
                let isSame = before.body == shown.body
                #expect((before.tag == tag) == isSame, "\(path)")
            }
            known[path] = (tag, shown.body)
        }
    }

    /// The paths of all documents under the server's own host, including those of these events.
    private static func paths(of cache: DocumentCache, _ events: [String]) -> [String] {
        var paths: [String] = []
        for edition in cache.contents.editions {
            for (address, target) in edition.catalog.addresses where address.host.isEmpty {
                guard case .document(let index) = target else { continue }
                let path = String(decoding: address.path, as: UTF8.self)
                paths.append(path)
                guard edition.catalog.items[index].kind.paths == [""] else { continue }
                for kind in DocumentKind.all where kind.isOfEvents {
                    for event in events { paths.append(path + kind.paths[0].replacing("{id}", with: event)) }
                }
            }
        }
        return paths
    }
}

/// Random writes through the API. The server rejects some of them.
private struct WriteCourse {
    private let server: TestServer
    var random: SeededGenerator
    private var incidents: [String] = []
    private var maintenances: [String] = []
    private var updates: [String] = []
    private var count = 0

    init(_ server: TestServer, seed: UInt64) {
        self.server = server
        random = SeededGenerator(seed: seed)
    }

    var events: [String] { incidents.suffix(5) + maintenances.suffix(5) }

    mutating func step() throws {
        count += 1
        switch Int.random(in: 0..<11, using: &random) {
        case 0, 1: try declare()
        case 2: try backfill()
        case 3: try schedule()
        case 4, 5: try update(incidents.randomElement(using: &random))
        case 6: try rename(incidents.randomElement(using: &random))
        case 7: try updateMaintenance(maintenances.randomElement(using: &random))
        case 8: try move(maintenances.randomElement(using: &random))
        case 9: try edit(updates.randomElement(using: &random))
        default: try delete()
        }
    }

    private mutating func statuses(of names: [String] = ["Website", "Login", "Billing", "Payments", "Core"]) -> String {
        let items = names.filter { _ in Bool.random(using: &random) }.map { name in
            let status = ComponentStatus.allCases.randomElement(using: &random) ?? .operational
            return #"{"component_id": "{\#(name)}", "component_status": "\#(status.rawValue)"}"#
        }
        return #""component_statuses": [\#(items.joined(separator: ", "))]"#
    }

    private mutating func declare() throws {
        let isClients = Int.random(in: 0..<5, using: &random) == 0
        var body = Body.incident(key: "k\(count)", name: "Incident \(count)", isClients ? "" : statuses())
        if isClients { body = body.replacing("{acme}", with: "{clients}") }
        let answer = try server.publish(.post, "/v2/status_page_incidents", body)
        note(answer.string("/status_page_incident/id"), in: &incidents)
        note(answer.string("/status_page_incident/updates/0/id"), in: &updates)
    }

    private mutating func backfill() throws {
        let year = Int.random(in: 2015...2025, using: &random)
        let body = """
            {"status_page_id": "{acme}", "name": "Past \(count)", "idempotency_key": "b\(count)", "updates": [
              {"incident_status": "investigating", "message": "Bad.", "published_at": "\(year)-03-01T10:00:00Z",
               \(statuses())},
              {"incident_status": "resolved", "message": "Good.", "published_at": "\(year)-03-01T12:00:00Z"}]}
            """
        let answer = try server.publish(.post, "/v2/status_page_retrospective_incidents", body)
        note(answer.string("/status_page_incident/id"), in: &incidents)
    }

    private mutating func schedule() throws {
        let year = [2024, 2990, 2991].randomElement(using: &random) ?? 2990
        let status = Maintenance.Status.allCases.randomElement(using: &random) ?? .scheduled
        let body = Body.maintenance(
            key: "m\(count)",
            [
                "name": "\"Maintenance \(count)\"", "maintenance_status": "\"\(status.rawValue)\"",
                "start_at": "\"\(year)-01-01T10:00:00Z\"", "end_at": "\"\(year)-01-02T10:00:00Z\"",
            ])
        let answer = try server.publish(.post, maintenancesPath, body)
        note(answer.string("/status_page_maintenance/id"), in: &maintenances)
    }

    private mutating func update(_ incident: String?) throws {
        guard let incident else { return }
        let status = Incident.Status.allCases.randomElement(using: &random) ?? .monitoring
        let members = #""incident_status": "\#(status.rawValue)""# + (status == .resolved ? "" : ", \(statuses())")
        let answer = try server.publish(.post, "/v2/status_page_incident_updates", Body.update(of: incident, members))
        note(answer.string("/status_page_incident_update/id"), in: &updates)
    }

    private mutating func rename(_ incident: String?) throws {
        guard let incident else { return }
        _ = try server.publish(.put, "/v2/status_page_incidents/\(incident)", #"{"name": "Renamed \#(count)"}"#)
    }

    private mutating func updateMaintenance(_ maintenance: String?) throws {
        guard let maintenance else { return }
        let status = Maintenance.Status.allCases.randomElement(using: &random) ?? .inProgress
        _ = try server.publish(
            .post, "/v2/status_page_maintenance_updates",
            Body.maintenanceUpdate(of: maintenance, #""maintenance_status": "\#(status.rawValue)""#))
    }

    private mutating func move(_ maintenance: String?) throws {
        guard let maintenance else { return }
        let year = Int.random(in: 2990...2999, using: &random)
        _ = try server.publish(
            .put, "\(maintenancesPath)/\(maintenance)",
            """
            {"name": "Moved \(count)", "start_at": "\(year)-01-01T10:00:00Z", "end_at": "\(year)-01-02T10:00:00Z"}
            """)
    }

    private mutating func edit(_ update: String?) throws {
        guard let update else { return }
        _ = try server.publish(.put, "/v2/status_page_incident_updates/\(update)", #"{"message": "Mended \#(count)."}"#)
    }

    private mutating func delete() throws {
        if Bool.random(using: &random), let incident = incidents.randomElement(using: &random) {
            _ = try server.publish(.delete, "/v2/status_page_incidents/\(incident)", "")
        } else if let maintenance = maintenances.randomElement(using: &random) {
            _ = try server.publish(.delete, "\(maintenancesPath)/\(maintenance)", "")
        }
    }

    private func note(_ id: String?, in ids: inout [String]) {
        if let id { ids.append(id) }
    }
}
