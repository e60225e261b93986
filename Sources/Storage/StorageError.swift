import GRDB

/// The errors of the database that callers must distinguish.
public enum StorageError: Error, Equatable, CustomStringConvertible {
    /// The file belongs to another program.
    case notOurs(path: String)
    /// A newer version of this program made the database.
    case newerVersion(path: String)
    /// An earlier version made the database and may still use it. A migration would break that server.
    case olderVersion(path: String)
    /// Another server uses the database.
    case served(path: String)
    /// The database cannot be opened.
    case cannotOpen(path: String, reason: String)
    /// The database cannot be read or written now: the disk is full or fails, or another process holds a lock.
    case unavailable(reason: String)
    /// A commit failed, and it is not known whether the disk has it.
    case uncertain(reason: String)
    /// The write queue is full.
    case overloaded
    /// The file is damaged.
    case damaged(reason: String)
    /// The stored data is invalid, or a statement does not fit the schema. Retrying does not help.
    case inconsistent(reason: String)

    public var description: String {
        switch self {
        case .notOurs(let path): "\(path) belongs to another program; name another file"
        case .newerVersion(let path):
            "\(path) was created or migrated by a newer version of allclear, and this version cannot use it; "
                + "run the newer version, or restore a backup made before the upgrade"
        case .olderVersion(let path):
            "\(path) was created by an older version of allclear, which may be running; stop that server, then run "
                + "allclear serve without --take-over to migrate the database"
        case .served(let path):
            "another allclear server uses \(path); stop it first, or start this one with --take-over "
                + "to share the database until the other one stops"
        case .cannotOpen(let path, let reason): "cannot open the database \(path): \(reason)"
        case .unavailable(let reason): "the database is not available: \(reason)"
        case .uncertain(let reason): "the write may or may not be stored: \(reason)"
        case .overloaded: "the write queue is full (http.max_waiting_requests)"
        case .damaged(let reason):
            "the database is damaged (\(reason)); stop the server, run allclear verify, and restore a backup"
        case .inconsistent(let reason): "the database is inconsistent: \(reason)"
        }
    }

    /// Whether a retry may succeed.
    public var isTemporary: Bool {
        switch self {
        case .unavailable, .uncertain, .overloaded: true
        default: false
        }
    }

    /// Translates SQLite's errors. Other errors are returned unchanged.
    static func wrapping(_ error: any Error) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        switch error.resultCode {
        case .SQLITE_FULL:
            return unavailable(reason: "\(error.explanation) (\(error.description))")
        case .SQLITE_IOERR, .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_READONLY, .SQLITE_CANTOPEN,
            .SQLITE_NOMEM, .SQLITE_PROTOCOL:
            return unavailable(reason: error.description)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return damaged(reason: error.description)
        default:
            return inconsistent(reason: error.description)
        }
    }
}
