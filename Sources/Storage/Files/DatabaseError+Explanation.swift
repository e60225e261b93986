import GRDB

extension DatabaseError {
    static let adviceOnDamage = "; restore a backup"

    /// Why SQLite cannot use a database, and what to do about it.
    var explanation: String {
        switch resultCode {
        case .SQLITE_NOTADB: "it is not a SQLite database; move it away, or name another file"
        case .SQLITE_CORRUPT: "it is damaged (\(words))\(Self.adviceOnDamage)"
        case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL:
            "another process has locked it; stop that process, or wait for it"
        case .SQLITE_READONLY where extendedResultCode == .SQLITE_READONLY_DBMOVED:
            "another program has just replaced the file; retry"
        case .SQLITE_READONLY:
            "it is not writable; give the user that runs allclear write permission for it and its directory"
        case .SQLITE_CANTOPEN: "it or its WAL cannot be opened (\(words)); check the permissions of both"
        case .SQLITE_FULL: "the disk is full; free some space"
        // SQLite tried to extend the WAL's index.
        case .SQLITE_IOERR where extendedResultCode == .SQLITE_IOERR_SHMSIZE:
            "there is no space for the index of its WAL (-shm); if the disk is full, free some space"
        case .SQLITE_IOERR: "the disk reports errors (\(words))"
        default: description
        }
    }

    /// Whether the disk has no room, or none for the WAL's index.
    var isDiskFull: Bool { resultCode == .SQLITE_FULL || extendedResultCode == .SQLITE_IOERR_SHMSIZE }

    private var words: String { message ?? "SQLite error \(extendedResultCode.rawValue)" }
}
