import GRDB
import StatusPages

/// Where the updates of incidents or of maintenances are kept. The two pairs of tables have the same columns but for the
/// one that names the event.
struct EventUpdateTable {
    let updates: String
    let components: String
    /// The column that names the event.
    let owner: String
    // Made once, as they are run with every write.
    private let insertUpdate: String
    private let insertComponent: String

    private init(updates: String, components: String, owner: String) {
        self.updates = updates
        self.components = components
        self.owner = owner
        insertUpdate = """
            INSERT INTO \(updates) (id, \(owner), position, published_at, message, status, notify_subscribers)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """
        insertComponent = "INSERT INTO \(components) (update_id, position, component_id, status) VALUES (?, ?, ?, ?)"
    }

    static let incidents = EventUpdateTable(
        updates: "incident_updates", components: "incident_update_components", owner: "incident_id")
    static let maintenances = EventUpdateTable(
        updates: "maintenance_updates", components: "maintenance_update_components", owner: "maintenance_id")

    /// All updates of some events, oldest first, in two statements.
    /// - Parameter events: their ids as a JSON array.
    func load<Event, Status, ComponentStatus>(
        of events: String, in db: Database
    ) throws -> [ID<Event>: [EventUpdate<Status, ComponentStatus>]]
    where ComponentStatus: RawRepresentable, ComponentStatus.RawValue == String {
        typealias Update = EventUpdate<Status, ComponentStatus>
        let statuses: [ID<Update>: [StatusChange<ComponentStatus>]] = try componentStatuses(of: events, in: db)
        let rows = try db.query(
            """
            SELECT \(owner), id, published_at, message, status, notify_subscribers FROM \(updates)
            WHERE \(owner) IN (SELECT value FROM json_each(?)) ORDER BY \(owner), position
            """, [events]
        ) { row -> (event: ID<Event>, update: Update) in
            let id: ID<Update> = try row.id(1)
            let update = Update(
                id: id, publishedAt: try row.timestamp(2), message: try row.value(3), status: try row.choice(4),
                componentStatuses: statuses[id] ?? [], notifiesSubscribers: try row.value(5))
            return (try row.id(0), update)
        }
        return Dictionary(grouping: rows, by: \.event).mapValues { $0.map(\.update) }
    }

    private func componentStatuses<Update, ComponentStatus>(
        of events: String, in db: Database
    ) throws -> [ID<Update>: [StatusChange<ComponentStatus>]]
    where ComponentStatus: RawRepresentable, ComponentStatus.RawValue == String {
        let rows = try db.query(
            """
            SELECT update_id, component_id, statuses.status
            FROM \(updates) JOIN \(components) AS statuses ON update_id = id
            WHERE \(owner) IN (SELECT value FROM json_each(?)) ORDER BY update_id, statuses.position
            """, [events]
        ) { row -> (update: ID<Update>, change: StatusChange<ComponentStatus>) in
            (try row.id(0), StatusChange(componentID: try row.id(1), status: try row.choice(2)))
        }
        return Dictionary(grouping: rows, by: \.update).mapValues { $0.map(\.change) }
    }

    /// Records an update.
    /// - Parameter position: its place among the updates of its event, from 0 on.
    func insert<Event, Status, ComponentStatus>(
        _ update: EventUpdate<Status, ComponentStatus>, of event: ID<Event>, at position: Int, in db: Database
    ) throws where ComponentStatus: RawRepresentable, ComponentStatus.RawValue == String {
        try db.run(
            insertUpdate,
            [
                update.id.description, event.description, position, update.publishedAt.milliseconds, update.message,
                update.status.rawValue, update.notifiesSubscribers,
            ])
        for (index, change) in update.componentStatuses.enumerated() {
            try db.run(
                insertComponent,
                [update.id.description, index, change.componentID.description, change.status.rawValue])
        }
    }
}
