import Glibc
import Locking

/// The right to send deliveries. Only one of the servers that use a database has it.
///
/// It is a lock on the database file, so it ends with the process. After the first lock the file stays open: closing it
/// would release SQLite's locks, too (fcntl(2), "Advisory record locking").
public final class DeliveryLock: Sendable {
    private struct State {
        var descriptor: Int32?
        var isHeld = false
    }

    private let file: DatabaseFile
    private let state = Locked(State())

    /// - Parameter path: of the database.
    public init(path: String) { file = DatabaseFile(path) }

    /// - Returns: false if another server has the right.
    public func take() -> Bool {
        state.withLock { state in
            if state.isHeld { return true }
            let descriptor = state.descriptor ?? file.openOrMake()
            guard descriptor >= 0 else { return false }
            state.descriptor = descriptor
            state.isHeld = FileLock.take(FileLock.delivering, of: descriptor)
            return state.isHeld
        }
    }

    /// Releases the right, so that another server can take it.
    public func release() {
        state.withLock { state in
            if state.isHeld, let descriptor = state.descriptor {
                FileLock.release(FileLock.delivering, of: descriptor)
            }
            state.isHeld = false
        }
    }
}
