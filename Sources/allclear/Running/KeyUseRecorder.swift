import Logging
import ManagementAPI
import Storage

/// Stores when keys were last used, all of them in one write.
struct KeyUseRecorder: Sendable {
    private let uses: KeyUses
    private let writer: Writer
    private let logger: Logger

    init(uses: KeyUses, writer: Writer, logger: Logger) {
        self.uses = uses
        self.writer = writer
        self.logger = logger
    }

    /// Hands what is not stored yet to the writer. What cannot be stored is tried again the next time.
    func record() {
        let unstored = uses.unstored
        guard !unstored.isEmpty else { return }
        writer.write({ try $0.recordUses(unstored) }) { [uses, logger] result in
            switch result {
            case .success: uses.forget(unstored)
            case .failure(let error):
                logger.error("cannot store when keys were used", metadata: ["error": "\(error)"])
            }
        }
    }
}
