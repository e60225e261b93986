import GRDB
public import StatusPages

/// Selects the incidents or maintenances of a page by their progress and name.
public struct EventSearch: Equatable, Sendable {
    public enum Progress: Equatable, Sendable {
        /// Not over yet.
        case open
        /// In this status: the raw value of `Incident.Status` or `Maintenance.Status`.
        case status(String)
    }

    /// Nil: any.
    public var progress: Progress?
    /// A part of the name. Only ASCII letters match regardless of their case. Empty: any name.
    public var text = ""

    public init() {}

    /// The part of a query after WHERE: newest first, after an event of the list.
    fileprivate func query(
        in table: String, closing: String, of page: ID<StatusPage>, after: ULID?, limit: Int
    ) -> (condition: String, arguments: StatementArguments) {
        var condition = "page_id = :page"
        var arguments: StatementArguments = ["page": page.description, "limit": limit]
        switch progress {
        case .open:
            condition += " AND status <> '\(closing)'"
        case .status(let status):
            condition += " AND status = :status"
            arguments += ["status": status]
        case nil: break
        }
        if !text.isEmpty {
            condition += " AND name LIKE :text ESCAPE '\\'"
            let escaped = text.map { #"%_\"#.contains($0) ? "\\\($0)" : "\($0)" }.joined()
            arguments += ["text": "%\(escaped)%"]
        }
        if let after {
            condition += """
                 AND (published_at, id) < (
                    SELECT published_at, id FROM \(table) WHERE id = :after AND page_id = :page)
                """
            arguments += ["after": after.description]
        }
        return ("\(condition) ORDER BY published_at DESC, id DESC LIMIT :limit", arguments)
    }
}

extension ReadTransaction {
    /// Incidents of a page, newest first.
    /// - Parameter after: the incident after which the list begins; nil: from the newest.
    public func incidents(
        of page: ID<StatusPage>, matching search: EventSearch, after: ID<Incident>?, limit: Int
    ) throws -> [Incident] {
        let query = search.query(
            in: "incidents", closing: Incident.Status.closing.rawValue, of: page, after: after?.ulid, limit: limit)
        return try incidents(where: query.condition, query.arguments)
    }

    /// Maintenances of a page, newest first. The parameters are those for incidents.
    public func maintenances(
        of page: ID<StatusPage>, matching search: EventSearch, after: ID<Maintenance>?, limit: Int
    ) throws -> [Maintenance] {
        let query = search.query(
            in: "maintenances", closing: Maintenance.Status.closing.rawValue, of: page, after: after?.ulid,
            limit: limit)
        return try maintenances(where: query.condition, query.arguments)
    }
}
