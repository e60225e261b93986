import Locking
import Logging
import Storage

/// A start on a disk that is full or takes no writes. As a server that runs goes on serving what it has, one that starts
/// serves the pages that the database has. What the configuration declares is written as soon as something can be.
final class ReadOnlyStart: Sendable {
    private struct State {
        /// Why nothing can be written; nil once something was.
        var reason: String?
        var whenOver: (@Sendable () -> Void)?
    }

    private let logger: Logger
    private let state = Locked(State())

    init(logger: Logger) { self.logger = logger }

    /// Why the configuration's pages are not in the database yet; nil if they are.
    var reason: String? { state.withLock { $0.reason } }

    /// Has `body` run when they are. If they are already, it never runs.
    func whenOver(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.whenOver = body } }

    /// Writes what a start writes.
    /// - Throws: also if the disk is full and the database has no pages that could be served meanwhile.
    func attempt(_ declare: () throws -> Void, on store: Store) throws {
        do {
            try declare()
        } catch let error as StorageError where error.isTemporary {
            guard try !store.read({ try $0.pages() }).isEmpty else { throw error }
            state.withLock { $0.reason = "\(error)" }
            logger.error(
                """
                the configuration's pages cannot be stored: those in the database are served, writes get 503, and it is \
                tried again and again
                """, metadata: ["error": "\(error)"])
        }
    }

    /// Has it written before all other writes, if that could not be done.
    func postpone(_ declare: @escaping @Sendable () throws -> Void, to writer: Writer, monitor: Monitor) {
        guard let reason else { return }
        monitor.configuration.note(isApplied: false)
        writer.postpone(reason: reason) { [self] in
            do {
                try declare()
                monitor.configuration.note(isApplied: true)
                logger.notice("the database can be written: the configuration's pages are stored")
            } catch let error as StorageError where error.isTemporary {
                throw error
            } catch {
                // Waiting does not help.
                logger.error("the configuration was not applied", metadata: ["error": "\(error)"])
            }
        } completion: { [self] in
            let whenOver = state.withLock { state in
                state.reason = nil
                return state.whenOver
            }
            whenOver?()
        }
    }
}
