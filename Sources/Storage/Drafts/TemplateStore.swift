import Foundation
import GRDB
public import StatusPages

extension ReadTransaction {
    /// The templates that are not archived, in their order.
    /// - Parameter page: only those for this page, and those for every page. Nil: all.
    public func templates(for page: ID<StatusPage>? = nil) throws -> [Template] {
        guard let page else { return try templates(where: "archived_at IS NULL", []) }
        return try templates(where: "archived_at IS NULL AND (page_id IS NULL OR page_id = ?)", [page.description])
    }

    /// - Returns: nil if there is no such template, or it is archived.
    public func template(_ id: ID<Template>) throws -> Template? {
        try templates(where: "archived_at IS NULL AND id = ?", [id.description]).first
    }

    private func templates(where condition: String, _ arguments: StatementArguments) throws -> [Template] {
        try db.query(
            """
            SELECT id, page_id, kind, name, title, status, message, component_statuses, notify, duration_minutes,
                automate, position
            FROM templates WHERE \(condition) ORDER BY position, id
            """, arguments
        ) { row in
            let statuses: [String: String] = try row.json(7)
            return Template(
                id: try row.id(0), pageID: try row.optionalID(1), kind: try row.choice(2), name: try row.value(3),
                title: try row.value(4), status: try row.optional(5), message: try row.value(6),
                componentStatuses: Dictionary(
                    statuses.compactMap { text, status in ID<Component>(text).map { ($0, status) } }
                ) { first, _ in first },
                notifies: try row.optional(8), durationMinutes: try row.optional(9), automates: try row.optional(10),
                position: try row.value(11))
        }
    }
}

extension WriteTransaction {
    /// Stores a new template, or an existing one after a change.
    public func save(_ template: Template) throws {
        let statuses = template.componentStatuses.map { ($0.key.description, $0.value) }
        try db.run(
            """
            INSERT INTO templates (id, page_id, kind, name, title, status, message, component_statuses, notify,
                duration_minutes, automate, position)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET
                page_id = excluded.page_id, kind = excluded.kind, name = excluded.name, title = excluded.title,
                status = excluded.status, message = excluded.message, component_statuses = excluded.component_statuses,
                notify = excluded.notify, duration_minutes = excluded.duration_minutes, automate = excluded.automate,
                position = excluded.position
            """,
            [
                template.id.description, template.pageID?.description, template.kind.rawValue, template.name,
                template.title, template.status, template.message,
                try jsonText(Dictionary(uniqueKeysWithValues: statuses)), template.notifies, template.durationMinutes,
                template.automates, template.position,
            ])
    }

    public func archiveTemplate(_ id: ID<Template>, at now: Timestamp) throws {
        try db.run("UPDATE templates SET archived_at = ? WHERE id = ?", [now.milliseconds, id.description])
    }
}

/// A value as JSON, with the members of objects in a fixed order.
func jsonText(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}

extension Row {
    /// A column with JSON that this program has written.
    func json<Value: Decodable>(_ index: Int) throws -> Value {
        let text: String = try value(index)
        do {
            return try JSONDecoder().decode(Value.self, from: Data(text.utf8))
        } catch {
            throw StorageError.inconsistent(reason: "a \(Value.self) cannot be read: \(error)")
        }
    }
}
