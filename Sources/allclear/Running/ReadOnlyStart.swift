import Locking
import Logging
import Storage

/// A start on a disk that is full or not writable. The server serves the pages that the database has, as a running
/// server would. It writes the declared pages as soon as the disk accepts writes.
final class ReadOnlyStart: Sendable {
    private struct State {
        /// The reason why nothing can be written; nil after the first write.
        var reason: String?
        var whenOver: (@Sendable () -> Void)?
    }

    private let logger: Logger
    private let state = Locked(State())

    init(logger: Logger) { self.logger = logger }

    /// The reason why the declared pages are not in the database yet; nil if they are.
    var reason: String? { state.withLock { $0.reason } }

    /// Runs `body` once the declared pages are stored. If they already are, `body` never runs.
    func whenOver(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.whenOver = body } }

    /// Writes the declared pages and the bootstrap token's key.
    /// - Parameter check: throws if the pages would be refused. It only reads.
    /// - Throws: if nothing can be written and the database has no pages to serve, or for any error that a retry cannot
    ///   fix.
    func attempt(_ declare: () throws -> Void, on store: Store, check: (ReadTransaction) throws -> Void) throws {
        do {
            try declare()
        } catch let error as StorageError where error.isTemporary {
            let hasPages = try store.read { transaction in
                try check(transaction)
                return try !transaction.pages().isEmpty
            }
            guard hasPages else { throw error }
            state.withLock { $0.reason = "\(error)" }
            logger.error(
                """
                the configuration's pages cannot be stored: the server serves the stored pages, writes get 503, and the \
                server retries
                """, metadata: ["error": "\(error)"])
        }
    }

    /// Serves the stored pages until the database can be written.
    func wait(for reason: String) { state.withLock { $0.reason = reason } }

    /// Replaces the reason, unless the declared pages are stored.
    func note(_ reason: String) { state.withLock { if $0.reason != nil { $0.reason = reason } } }

    /// If `attempt` could not write, schedules that write before all other writes.
    func postpone(_ declare: @escaping @Sendable () throws -> Void, to writer: Writer, monitor: Monitor) {
        guard let reason else { return }
        monitor.configuration.noteStart(.postponed)
        writer.postpone(reason: reason) { [self] in
            do {
                try declare()
                monitor.configuration.noteStart(.applied)
                logger.notice("the database is writable again: the configuration's pages are stored")
            } catch let error as StorageError where error.isTemporary {
                throw error
            } catch {
                // A retry cannot fix this error. Another process may have begun an incident since the start.
                let obstacle = logger.report(error, as: "configuration not applied")
                monitor.configuration.noteStart(.refused(obstacle: obstacle))
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
