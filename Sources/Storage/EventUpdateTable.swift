import GRDB
import StatusPages

/// The tables for the updates of incidents or of maintenances. The two pairs of tables differ only in the name of the
/// column that names the event.
struct EventUpdateTable {
    let updates: String
    let components: String
    /// The column that names the event.
    let owner: String
    // Built once, because every write runs them.
    private let insertUpdate: String
    private let insertComponent: String

    private init(updates: String, components: String, owner: String) {
        self.updates = updates
        self.components = components
        self.owner = owner
        insertUpdate = """
            INSERT INTO \(updates) (\(owner), position, id, published_at, status, notify_subscribers, message, author_kind,
                author_id)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        insertComponent = """
            INSERT INTO \(components) (\(owner), update_position, position, component_id, status) VALUES (?, ?, ?, ?, ?)
            """
    }

    static let incidents = EventUpdateTable(
        updates: "incident_updates", components: "incident_update_components", owner: "incident_id")
    static let maintenances = EventUpdateTable(
        updates: "maintenance_updates", components: "maintenance_update_components", owner: "maintenance_id")

    /// All updates of some events, oldest first, read with two statements.
    /// - Parameter events: the ids of the events as a JSON array.
    func load<Event, Status, ComponentStatus>(
        of events: String, in db: Database
    ) throws -> [ID<Event>: [EventUpdate<Status, ComponentStatus>]]
    where ComponentStatus: RawRepresentable, ComponentStatus.RawValue == String {
        typealias Update = EventUpdate<Status, ComponentStatus>
        let statuses: [Place<Event>: [StatusChange<ComponentStatus>]] = try componentStatuses(of: events, in: db)
        let rows = try db.query(
            """
            SELECT \(owner), position, id, published_at, status, notify_subscribers, message, edited_at FROM \(updates)
            WHERE \(owner) IN (SELECT value FROM json_each(?)) ORDER BY \(owner), position
            """, [events]
        ) { row -> (event: ID<Event>, update: Update) in
            let place = Place<Event>(event: try row.id(0), position: try row.value(1))
            let update = Update(
                id: try row.id(2), publishedAt: try row.timestamp(3), message: try row.value(6),
                editedAt: try row.optionalTimestamp(7), status: try row.choice(4),
                componentStatuses: statuses[place] ?? [],
                notifiesSubscribers: try row.value(5))
            return (place.event, update)
        }
        return Dictionary(grouping: rows, by: \.event).mapValues { $0.map(\.update) }
    }

    /// Identifies an update by its event and its index among the event's updates.
    private struct Place<Event>: Hashable {
        let event: ID<Event>
        /// From 0.
        let position: Int
    }

    private func componentStatuses<Event, ComponentStatus>(
        of events: String, in db: Database
    ) throws -> [Place<Event>: [StatusChange<ComponentStatus>]]
    where ComponentStatus: RawRepresentable, ComponentStatus.RawValue == String {
        let rows = try db.query(
            """
            SELECT \(owner), update_position, component_id, status FROM \(components)
            WHERE \(owner) IN (SELECT value FROM json_each(?)) ORDER BY \(owner), update_position, position
            """, [events]
        ) { row -> (place: Place<Event>, change: StatusChange<ComponentStatus>) in
            let place = Place<Event>(event: try row.id(0), position: try row.value(1))
            return (place, StatusChange(componentID: try row.id(2), status: try row.choice(3)))
        }
        return Dictionary(grouping: rows, by: \.place).mapValues { $0.map(\.change) }
    }

    /// The event that an update belongs to; nil for an unknown update. The ids of updates have no index, because it
    /// would slow down every create. The search begins with the newest rows, so its cost grows with the number of
    /// newer updates. For an unknown update it reads the whole table. The time in the id is not a safe bound.
    /// After the clock steps back, or while two processes write, ids do not follow row order.
    func event<Event, Status, ComponentStatus>(
        of update: ID<EventUpdate<Status, ComponentStatus>>, in db: Database
    ) throws -> ID<Event>? {
        try db.query(
            "SELECT \(owner) FROM \(updates) WHERE id = ? ORDER BY rowid DESC LIMIT 1", [update.description]
        ) { try $0.id(0) as ID<Event> }.first
    }

    /// Stores an update's message and edit time after a change.
    func saveText<Event, Status, ComponentStatus>(
        of update: EventUpdate<Status, ComponentStatus>, of event: ID<Event>, at position: Int, in db: Database
    ) throws {
        try db.run(
            "UPDATE \(updates) SET message = ?, edited_at = ? WHERE \(owner) = ? AND position = ?",
            [update.message, update.editedAt?.milliseconds, event.description, position])
    }

    /// The authors of an event's updates, by the index of the update. Updates from earlier versions have none.
    func authors<Event>(of event: ID<Event>, in db: Database) throws -> [Int: UpdateAuthor] {
        let rows = try db.query(
            """
            SELECT position, author_kind, author_id, coalesce(users.name, api_keys.name) FROM \(updates)
            LEFT JOIN users ON author_kind = '\(AuditActor.Kind.user.rawValue)' AND users.id = author_id
            LEFT JOIN api_keys ON author_kind = '\(AuditActor.Kind.apiKey.rawValue)' AND api_keys.id = author_id
            WHERE \(owner) = ? AND author_kind IS NOT NULL
            """, [event.description]
        ) { row -> (Int, UpdateAuthor) in
            let id: ID<UpdateAuthor>? = try row.optionalID(2)
            return (
                try row.value(0), UpdateAuthor(kind: try row.choice(1), id: id?.ulid, name: try row.optional(3))
            )
        }
        return Dictionary(uniqueKeysWithValues: rows)
    }

    /// Stores an update.
    /// - Parameters:
    ///   - position: its index among the updates of its event, from 0.
    ///   - author: nil if the author is unknown.
    func insert<Event, Status, ComponentStatus>(
        _ update: EventUpdate<Status, ComponentStatus>, of event: ID<Event>, at position: Int,
        by author: AuditActor?, in db: Database
    ) throws where ComponentStatus: RawRepresentable, ComponentStatus.RawValue == String {
        let event = event.description
        try db.run(
            insertUpdate,
            [
                event, position, update.id.description, update.publishedAt.milliseconds, update.status.rawValue,
                update.notifiesSubscribers, update.message, author?.kind.rawValue, author?.id?.description,
            ])
        for (index, change) in update.componentStatuses.enumerated() {
            try db.run(
                insertComponent, [event, position, index, change.componentID.description, change.status.rawValue])
        }
    }
}
