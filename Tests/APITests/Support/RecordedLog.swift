import Locking
import Logging

@testable import allclear

/// What was logged, for a test to look at.
final class RecordedLog: Sendable {
    struct Line: Equatable, Sendable {
        let level: Logger.Level
        let message: String
        let metadata: [String: String]
    }

    private let recorded = Locked<[Line]>([])

    var lines: [Line] { recorded.withLock { $0 } }
    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    /// The messages of a level.
    func messages(_ level: Logger.Level) -> [String] { lines.filter { $0.level == level }.map(\.message) }

    private func record(_ level: Logger.Level, _ message: Logger.Message, _ metadata: Logger.Metadata?) {
        let line = Line(level: level, message: "\(message)", metadata: (metadata ?? [:]).mapValues { "\($0)" })
        recorded.withLock { $0.append(line) }
    }

    private struct Handler: LogHandler {
        let log: RecordedLog
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        // As in LineLogHandler.
        #if compiler(>=6.2)
            func log(event: LogEvent) { log.record(event.level, event.message, event.metadata) }
        #else
            func log(
                level: Logger.Level, message: Logger.Message, metadata: Logger.Metadata?, source: String, file: String,
                function: String, line: UInt
            ) {
                log.record(level, message, metadata)
            }
        #endif
    }
}
