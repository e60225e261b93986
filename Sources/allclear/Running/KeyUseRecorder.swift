import Logging
import ManagementAPI
import Storage

/// Stores the last use of all keys in one write.
struct KeyUseRecorder: Sendable {
    private let uses: KeyUses
    private let writer: Writer
    private let logger: Logger

    init(uses: KeyUses, writer: Writer, logger: Logger) {
        self.uses = uses
        self.writer = writer
        self.logger = logger
    }

    /// Gives all unstored uses to the writer. If the write fails, the next call retries it.
    func record() {
        let unstored = uses.unstored
        guard !unstored.isEmpty else { return }
        writer.write(
            { try $0.recordUses(unstored) },
            completion: { [uses, logger] result in
                switch result {
                case .success: uses.forget(unstored)
                case .failure(let error):
                    logger.error("cannot store the last use of API keys", metadata: ["error": "\(error)"])
                }
            })
    }
}
