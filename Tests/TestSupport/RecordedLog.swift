import Locking
public import Logging

/// Records log messages for tests.
public final class RecordedLog: Sendable {
    public struct Line: Equatable, Sendable {
        public let level: Logger.Level
        public let message: String
        public let metadata: [String: String]
    }

    private let recorded = Locked<[Line]>([])

    public init() {}

    public var lines: [Line] { recorded.withLock { $0 } }
    public var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    /// The messages of a level.
    public func messages(_ level: Logger.Level) -> [String] { lines.filter { $0.level == level }.map(\.message) }

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

        // The versions of swift-log that different toolchains can build have different requirements for a handler.
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
