import GRDB

/// What can be wrong with the database, as its users have to tell it apart.
public enum StorageError: Error, Equatable, CustomStringConvertible {
    /// The file belongs to another program.
    case notOurs(path: String)
    /// A newer version of this program made the database.
    case newerVersion(path: String)
    /// An earlier version made the database and may be using it, which an upgrade would break.
    case olderVersion(path: String)
    /// Another server has it in use.
    case served(path: String)
    /// The database cannot be opened.
    case cannotOpen(path: String, reason: String)
    /// It cannot be read or written now: the disk is full or fails, or another process holds on to it.
    case unavailable(reason: String)
    /// A commit failed in a way that does not tell whether the disk has it.
    case uncertain(reason: String)
    /// More writes wait already than may.
    case overloaded
    /// Its file is damaged.
    case damaged(reason: String)
    /// What it holds makes no sense, or a statement does not fit it: waiting does not help.
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

    /// Whether what failed may work later.
    public var isTemporary: Bool {
        switch self {
        case .unavailable, .uncertain, .overloaded: true
        default: false
        }
    }

    /// What an error out of SQLite means here. Errors from elsewhere come back as they are.
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
