import GRDB

/// Checks which program a database belongs to, before anything in it is used or changed.
enum Ownership {
    /// Refuses a database that another program or a newer version made.
    /// - Returns: whether it holds anything. An interrupted start leaves an empty database.
    @discardableResult
    static func check(_ db: Database, path: String) throws -> Bool {
        let id = try Int32.fetchOne(db, sql: "PRAGMA application_id")
        let isEmpty = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") == 0
        guard id == Migrations.applicationID || (id == 0 && isEmpty) else { throw StorageError.notOurs(path: path) }
        if try Migrations.all.hasBeenSuperseded(db) { throw StorageError.newerVersion(path: path) }
        return !isEmpty
    }

    /// Like `check`, but also refuses an empty database.
    static func checkContents(_ db: Database, path: String) throws {
        guard try check(db, path: path) else {
            throw StorageError.cannotOpen(path: path, reason: "it is empty")
        }
    }
}
