import CSQLite
import GRDB

extension LogKeeper {
    /// Runs a write transaction. Its commit is durable when this returns.
    ///
    /// SQLite normally syncs a commit in the WAL first, and then adds it to the WAL index, where other connections see
    /// it. If a process is killed in between, the next commit overwrites the one that nobody has seen.
    ///
    /// Litestream 0.5 reads the WAL without its index, but its checkpoints follow the index. So it may copy a commit that
    /// the database then loses, and its copies are damaged from then on. If another program makes the checkpoints,
    /// SQLite therefore adds the commit to the index at once (`synchronous=NORMAL`), and this function syncs the WAL.
    /// Others may see the commit in the meantime. Only a power failure could take it away again.
    func commit(_ db: Database, _ body: () throws -> Void) throws {
        let syncsLater = lastKnownOwner == .external
        try setSynchronous(db, later: syncsLater)
        let pages = allclear_pages_written(db.sqliteConnection)
        try db.inTransaction(.immediate) {
            try body()
            return .commit
        }
        guard syncsLater, allclear_pages_written(db.sqliteConnection) != pages else { return }
        let code = allclear_sync_log(db.sqliteConnection)
        guard code == SQLITE_OK else {
            throw DatabaseError(resultCode: ResultCode(rawValue: code), message: "the WAL cannot be synced")
        }
    }
}
