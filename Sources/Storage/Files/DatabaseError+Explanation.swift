import GRDB

extension DatabaseError {
    static let adviceOnDamage = "; restore a backup"

    /// Why SQLite cannot use a database, and what to do about it.
    var explanation: String {
        switch resultCode {
        case .SQLITE_NOTADB: "it is no SQLite database; move it away, or name another file"
        case .SQLITE_CORRUPT: "it is damaged (\(words))\(Self.adviceOnDamage)"
        case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL:
            "another process holds it locked; stop that process, or wait until it is done"
        case .SQLITE_READONLY where extendedResultCode == .SQLITE_READONLY_DBMOVED:
            "it was replaced meanwhile; try again"
        case .SQLITE_READONLY: "it may not be written; let the user that allclear runs as write it and its directory"
        case .SQLITE_CANTOPEN: "it, or the log beside it, may not be opened (\(words)); look at the permissions of both"
        case .SQLITE_FULL: "the disk is full; make room"
        // SQLite tried to extend the WAL's index.
        case .SQLITE_IOERR where extendedResultCode == .SQLITE_IOERR_SHMSIZE:
            "there is no room for the index of its log; make room, if the disk is full"
        case .SQLITE_IOERR: "the disk fails (\(words))"
        default: description
        }
    }

    /// Whether the disk has no room, or none for the WAL's index.
    var isDiskFull: Bool { resultCode == .SQLITE_FULL || extendedResultCode == .SQLITE_IOERR_SHMSIZE }

    private var words: String { message ?? "SQLite says no more than \(extendedResultCode.rawValue)" }
}
