import GRDB

/// How much a database holds.
public struct DatabaseContents: Equatable, Sendable, CustomStringConvertible {
    /// The size of the database file in bytes, including what is still in its WAL.
    public let size: Int
    /// The numbers of records that are not archived or revoked.
    public let pages, incidents, maintenances, keys: Int

    init(_ db: Database) throws {
        // A database of an older version may lack some tables.
        func count(_ table: String, where condition: String = "TRUE") throws -> Int {
            guard try db.tableExists(table) else { return 0 }
            return try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table) WHERE \(condition)") ?? 0
        }
        func number(_ setting: String) throws -> Int { try Int.fetchOne(db, sql: "PRAGMA \(setting)") ?? 0 }
        size = try number("page_count") * number("page_size")
        pages = try count("pages", where: "archived_at IS NULL")
        incidents = try count("incidents")
        maintenances = try count("maintenances")
        keys = try count("api_keys", where: "revoked_at IS NULL")
    }

    public var description: String {
        func some(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
        return [
            some(size, "byte"), some(pages, "page"), some(incidents, "incident"), some(maintenances, "maintenance"),
            some(keys, "API key"),
        ].joined(separator: ", ")
    }
}
