import Dispatch
import Logging
import ManagementAPI
import Storage

/// Stores when keys were last used: once a minute, all of them in one write, and when the server stops.
final class KeyUseRecorder: Sendable {
    private static let interval = DispatchTimeInterval.seconds(60)

    private let uses: KeyUses
    private let writer: Writer
    private let logger: Logger
    private let queue = DispatchQueue(label: "allclear.key-uses")

    init(uses: KeyUses, writer: Writer, logger: Logger) {
        self.uses = uses
        self.writer = writer
        self.logger = logger
    }

    /// Records every minute, for as long as the recorder is there.
    func start() {
        queue.asyncAfter(deadline: .now() + Self.interval) { [weak self] in
            self?.record()
            self?.start()
        }
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
