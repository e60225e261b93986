import Logging
import ManagementAPI
import Publishing
import Storage

/// Stores the last use of all keys and sessions in one write.
struct UseRecorder: Sendable {
    private let keys: KeyUses
    private let sessions: SessionUses
    private let writer: Writer
    private let logger: Logger

    init(keys: KeyUses, sessions: SessionUses, writer: Writer, logger: Logger) {
        self.keys = keys
        self.sessions = sessions
        self.writer = writer
        self.logger = logger
    }

    /// Gives all unstored uses to the writer. If the write fails, the next call retries it.
    func record() {
        let (ofKeys, ofSessions) = (keys.unstored, sessions.unstored)
        guard !ofKeys.isEmpty || !ofSessions.isEmpty else { return }
        writer.write(
            { transaction in
                if !ofKeys.isEmpty { try transaction.recordUses(ofKeys) }
                try transaction.recordUses(ofSessions)
            },
            completion: { [keys, sessions, logger] result in
                switch result {
                case .success:
                    keys.forget(ofKeys)
                    sessions.forget(ofSessions)
                case .failure(let error):
                    logger.error("cannot store the last use of API keys and sessions", metadata: ["error": "\(error)"])
                }
            })
    }
}
