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
        case .notOurs(let path): "\(path) is a database of another program; name another file"
        case .newerVersion(let path):
            "\(path) was made by a newer version of allclear, and this one leaves it alone; "
                + "run that version, or restore a backup from before"
        case .olderVersion(let path):
            "\(path) was made by an earlier version of allclear, which may be running; stop that one, and start this one "
                + "with allclear serve, without --take-over: that brings the database up to date"
        case .served(let path):
            "another allclear server has \(path) in use; stop that one first, or start this one with --take-over to share it "
                + "until then"
        case .cannotOpen(let path, let reason): "cannot open the database \(path): \(reason)"
        case .unavailable(let reason): "the database is not available: \(reason)"
        case .uncertain(let reason): "whether it was stored is not known: \(reason)"
        case .overloaded: "as many writes wait as may (max_waiting_requests)"
        case .damaged(let reason):
            "the database is damaged (\(reason)); stop the server, look with allclear verify, and restore a backup"
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
