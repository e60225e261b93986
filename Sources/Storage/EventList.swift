import GRDB
public import StatusPages

/// Which incidents or maintenances a list shows: those with at least one impact or period that meets every condition
/// set here.
public struct EventFilter: Equatable, Sendable {
    /// The span is on one of these. Nil: on any.
    public var componentIDs: Set<ID<Component>>?
    /// The span was still there at this time or later.
    public var startAt: Timestamp?
    /// The span had begun by this time.
    public var endAt: Timestamp?

    public init(componentIDs: Set<ID<Component>>? = nil, startAt: Timestamp? = nil, endAt: Timestamp? = nil) {
        self.componentIDs = componentIDs
        self.startAt = startAt
        self.endAt = endAt
    }

    var isEmpty: Bool { componentIDs == nil && startAt == nil && endAt == nil }
}

/// How incidents and maintenances are listed: newest first, a page at a time, by key and not by offset, so that a list
/// stays stable while records are added and costs the same however far in.
struct EventList {
    let table: String
    /// The table of impacts or periods.
    let spans: String
    /// The column of that table that names the record it belongs to.
    let owner: String

    /// The part of a query behind WHERE.
    /// - Returns: nil if `after` is no record of this list.
    func query(
        of page: ID<StatusPage>, matching filter: EventFilter, after: ULID?, limit: Int, in db: Database
    ) throws -> (condition: String, arguments: StatementArguments)? {
        var conditions = ["page_id = :page"]
        var arguments: StatementArguments = ["page": page.description]
        if !filter.isEmpty { conditions.append(spanCondition(filter, &arguments)) }
        if let after {
            arguments += ["after_id": after.description]
            let isInList = "id = :after_id AND \(conditions.joined(separator: " AND "))"
            guard let time = try publicationTime(where: isInList, arguments, in: db) else { return nil }
            conditions.append("(published_at, id) < (:after_time, :after_id)")
            arguments += ["after_time": time]
        }
        arguments += ["limit": limit]
        let condition = conditions.joined(separator: " AND ")
        return ("\(condition) ORDER BY published_at DESC, id DESC LIMIT :limit", arguments)
    }

    private func publicationTime(
        where condition: String, _ arguments: StatementArguments, in db: Database
    ) throws -> Int64? {
        try db.query("SELECT published_at FROM \(table) WHERE \(condition)", arguments) {
            try $0.value(0) as Int64
        }.first
    }

    private func spanCondition(_ filter: EventFilter, _ arguments: inout StatementArguments) -> String {
        var conditions = ["\(owner) = \(table).id"]
        if let components = filter.componentIDs {
            conditions.append("component_id IN (SELECT value FROM json_each(:components))")
            arguments += ["components": jsonArray(components.sorted())]
        }
        if let start = filter.startAt {
            conditions.append("(\(spans).end_at IS NULL OR \(spans).end_at >= :start_at)")
            arguments += ["start_at": start.milliseconds]
        }
        if let end = filter.endAt {
            conditions.append("\(spans).start_at <= :end_at")
            arguments += ["end_at": end.milliseconds]
        }
        return "EXISTS (SELECT 1 FROM \(spans) WHERE \(conditions.joined(separator: " AND ")))"
    }
}
