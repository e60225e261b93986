import Foundation
import GRDB
public import StatusPages

/// Pages and their items as the database has them, archived ones included. A comparison of the records before and after
/// a declaration finds every change, because it looks at all columns, including those that later versions add.
public struct PageRecords: Equatable {
    fileprivate struct Record: Equatable {
        /// The row's id. A component's subject has the component's own id.
        let id: String
        let subject: AuditSubject
        let page: ID<StatusPage>
        let isArchived: Bool
        var values: [String: AuditValue]
        /// The bytes of a page's logos and icon.
        var pictures: [String: Data] = [:]
    }

    /// A change for the audit log.
    public struct Change {
        public let action: AuditEvent.Action
        public let subject: AuditSubject
        public let page: ID<StatusPage>
        public let changes: AuditChanges
    }

    /// Each page comes before its items.
    fileprivate var records: [Record] = []
    /// The ids of the components that are not archived.
    fileprivate var livingComponents: Set<String> = []
    /// The keys of each page's items that are not archived, in order.
    fileprivate var order: [ID<StatusPage>: [String]] = [:]

    /// The changes that led from earlier records to these. A record that returns from the archive with other values has
    /// one change, like any other. If a component was not archived before, the change is `placed`, not `created` or
    /// `restored`. If it is not archived now, the change is `removed`, not `archived`.
    public func changes(since before: PageRecords) -> [Change] {
        let known = Dictionary(uniqueKeysWithValues: before.records.map { ($0.id, $0) })
        return records.compactMap { record in
            let old = known[record.id]
            var changes = AuditChanges()
            for field in Set(record.values.keys).union(old?.values.keys ?? [:].keys).sorted() {
                changes.note(field, old?.values[field], record.values[field])
            }
            for name in Set(record.pictures.keys).union(old?.pictures.keys ?? [:].keys) {
                changes.noteHidden(name, old?.pictures[name], record.pictures[name])
            }
            noteOrder(of: record, since: before, in: &changes)
            let action: AuditEvent.Action
            let component = record.subject.kind == .component ? record.subject.id : ""
            switch (old?.isArchived, record.isArchived) {
            case (nil, _): action = before.livingComponents.contains(component) ? .placed : .created
            case (true?, false): action = before.livingComponents.contains(component) ? .placed : .restored
            case (false?, true): action = livingComponents.contains(component) ? .removed : .archived
            // A record that stays archived has no change, even if its component changes.
            case (true?, true): return nil
            case _ where changes.isEmpty: return nil
            default: action = .changed
            }
            return Change(action: action, subject: record.subject, page: record.page, changes: changes)
        }
    }

    /// Adds the order of a page's items, if those that stay have changed places.
    private func noteOrder(of record: Record, since before: PageRecords, in changes: inout AuditChanges) {
        guard record.subject.kind == .page, let old = before.order[record.page], let new = order[record.page] else {
            return
        }
        let stay = Set(old).intersection(new)
        changes.note("order", old.filter(stay.contains), new.filter(stay.contains))
    }
}

extension ReadTransaction {
    /// All pages and items.
    public func pageRecords() throws -> PageRecords {
        var records = PageRecords()
        records.livingComponents = Set(
            try db.query("SELECT id FROM components WHERE archived_at IS NULL", []) { try $0.value(0) })
        for page in try db.query("SELECT * FROM pages ORDER BY id", [], Self.pageRecord) {
            var page = page
            for (name, bytes) in try pictureBytes(of: page.page) { page.pictures[name] = bytes }
            records.records.append(page)
            let items = try items(of: page.page)
            records.records += items
            records.order[page.page] = items.filter { !$0.isArchived }.map { item in
                "\(item.subject.kind.rawValue):\(item.key)"
            }
        }
        return records
    }

    private func pictureBytes(of page: ID<StatusPage>) throws -> [(String, Data)] {
        try db.query(
            """
            SELECT 'logo_' || scheme, bytes FROM page_logos WHERE page_id = :page
            UNION ALL SELECT 'favicon', bytes FROM page_favicons WHERE page_id = :page
            """, ["page": page.description]
        ) { row in
            (try row.value(0), try row.value(1))
        }
    }

    private func items(of page: ID<StatusPage>) throws -> [PageRecords.Record] {
        // The keys of parents say more than their ids. A component has its own name: that of the item may be older.
        try db.query(
            """
            SELECT item.*, parent.key AS parent, components.name AS component_name,
                components.description AS component_description, components.managed_by AS managed_by
            FROM structure_items AS item
            LEFT JOIN structure_items AS parent ON parent.id = item.parent_id
            LEFT JOIN components ON components.id = item.component_id
            WHERE item.page_id = ? ORDER BY coalesce(parent.position, item.position), parent.id IS NOT NULL, item.position,
                item.id
            """, [page.description]
        ) { row in
            var values = Self.values(
                of: row,
                except: [
                    "id", "page_id", "kind", "component_id", "parent_id", "position", "component_name",
                    "component_description",
                ])
            let id: String = try Self.column("id", of: row)
            let component: String? = try row.decode(String?.self, forColumn: "component_id")
            let name: String = try Self.column(component == nil ? "name" : "component_name", of: row)
            if component != nil {
                values["name"] = .text(name)
                values["description"] = try row.decode(String?.self, forColumn: "component_description").map {
                    .text($0)
                }
            }
            return PageRecords.Record(
                id: id,
                subject: AuditSubject(
                    try Self.column("kind", of: row), id: component ?? id, name: name),
                page: page, isArchived: try Self.isArchived(row), values: values)
        }
    }

    private static func pageRecord(_ row: Row) throws -> PageRecords.Record {
        let text: String = try column("id", of: row)
        guard let id = ID<StatusPage>(text) else {
            throw StorageError.inconsistent(reason: "\(text.debugDescription) is not an id")
        }
        return PageRecords.Record(
            id: text, subject: AuditSubject(.page, id, try column("name", of: row)), page: id,
            isArchived: try isArchived(row), values: values(of: row, except: ["id"]))
    }

    /// The columns with a meaning for people.
    private static func values(of row: Row, except left: Set<String>) -> [String: AuditValue] {
        let flags: Set = ["widget", "site", "site_index", "subscribe_form", "hidden", "display_uptime"]
        let left = left.union(["created_at", "archived_at"])
        var values: [String: AuditValue] = [:]
        for (name, value) in row where !left.contains(name) {
            switch value.storage {
            case .int64(let number): values[name] = flags.contains(name) ? .flag(number != 0) : .number(number)
            case .string(let text): values[name] = .text(text)
            case .null, .double, .blob: break
            }
        }
        return values
    }

    private static func isArchived(_ row: Row) throws -> Bool {
        try row.decode(Int64?.self, forColumn: "archived_at") != nil
    }

    private static func column(_ name: String, of row: Row) throws -> String {
        try row.decode(String.self, forColumn: name)
    }

    private static func column<Choice: RawRepresentable>(_ name: String, of row: Row) throws -> Choice
    where Choice.RawValue == String {
        let text: String = try column(name, of: row)
        guard let choice = Choice(rawValue: text) else {
            throw StorageError.inconsistent(reason: "\(text.debugDescription) is not a valid \(Choice.self)")
        }
        return choice
    }
}

extension PageRecords.Record {
    fileprivate var key: String {
        if case .text(let key)? = values["key"] { key } else { id }
    }
}
