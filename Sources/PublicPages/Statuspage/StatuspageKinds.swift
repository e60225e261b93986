import HTTPTypes
import StatusPages
import Storage

/// The public API of Statuspage (developer.statuspage.io, "Status API v2").
extension DocumentKind {
    static let statuspage = [
        document("summary.json") { $0.summary() },
        document("status.json") { $0.status() },
        document("components.json") { $0.components() },
        DocumentKind(path: "incidents.json") { documents, reading in
            documents.incidents(try reading.history.newestIncidents(in: reading.scope, limit: 50))
        },
        document("incidents/unresolved.json") { $0.unresolvedIncidents() },
        DocumentKind(
            paths: ["/api/v2/incidents/{id}.json"], mediaType: "application/json", tag: .statuspage, fields: openFields,
            source: .event { reading, id in
                guard let incident = try reading.history.incident(ID(id)), incident.pageID == reading.scope.page.id,
                    reading.scope.shows(incident)
                else { return nil }
                return try StatuspageDocuments(reading).incident(incident)
            }),
        DocumentKind(path: "scheduled-maintenances.json") { documents, reading in
            documents.scheduledMaintenances(try reading.history.latestMaintenances(in: reading.scope, limit: 50))
        },
        document("scheduled-maintenances/upcoming.json") { $0.upcomingMaintenances() },
        document("scheduled-maintenances/active.json") { $0.activeMaintenances() },
    ]

    /// A document of the state alone.
    private static func document(
        _ path: String, _ render: @escaping @Sendable (StatuspageDocuments) -> [UInt8]
    ) -> DocumentKind {
        DocumentKind(path: path) { documents, _ in render(documents) }
    }

    private init(
        path: String, render: @escaping @Sendable (StatuspageDocuments, Reading) throws -> [UInt8]
    ) {
        self.init(
            paths: ["/api/v2/\(path)"], mediaType: "application/json", tag: .statuspage, fields: Self.openFields,
            source: .page { try render(StatuspageDocuments($0), $0) })
    }
}

extension StatuspageDocuments {
    fileprivate init(_ reading: Reading) throws {
        self.init(
            state: reading.state, components: try reading.history.componentRecords(of: reading.scope.page.id),
            updatedAt: try reading.history.lastChange(in: reading.scope) ?? reading.edition.state.createdAt)
    }
}
