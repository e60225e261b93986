import Locking
import Logging

/// Keeps the reasons that a server logs.
final class RecordedReasons: Sendable {
    private let recorded = Locked<[String]>([])

    var all: [String] { recorded.withLock { $0 } }
    var logger: Logger { Logger(label: "test") { _ in Handler(reasons: self) } }

    private func record(_ metadata: Logger.Metadata?) {
        if let reason = metadata?["reason"] { recorded.withLock { $0.append("\(reason)") } }
    }

    private struct Handler: LogHandler {
        let reasons: RecordedReasons
        var logLevel = Logger.Level.debug
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        // The releases of swift-log that a toolchain can build differ in what they ask of a handler.
        #if compiler(>=6.2)
            func log(event: LogEvent) { reasons.record(event.metadata) }
        #else
            func log(
                level: Logger.Level, message: Logger.Message, metadata: Logger.Metadata?, source: String, file: String,
                function: String, line: UInt
            ) {
                reasons.record(metadata)
            }
        #endif
    }
}
