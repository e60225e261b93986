import Logging
import StatusPages
import Synchronization

/// Writes each log entry as one line on standard error: text for people, or JSON for machines.
struct LineLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    let format: Configuration.LogFormat
    private let shared: LogLevel
    /// The level that was set on this logger alone, if any.
    private var own: Logger.Level?

    init(_ level: LogLevel, format: Configuration.LogFormat) {
        shared = level
        self.format = format
    }

    var logLevel: Logger.Level {
        get { own ?? shared.current }
        set { own = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    // The swift-log releases that the supported toolchains can build require different methods of a handler.
    #if compiler(>=6.2)
        func log(event: LogEvent) { write(event.level, event.message, event.metadata) }
    #else
        func log(
            level: Logger.Level, message: Logger.Message, metadata: Logger.Metadata?, source: String, file: String,
            function: String, line: UInt
        ) {
            write(level, message, metadata)
        }
    #endif

    private func write(_ level: Logger.Level, _ message: Logger.Message, _ metadata: Logger.Metadata?) {
        LogSink.standardError.write(line(Clock.now().rfc3339, level, message, metadata), format)
    }

    /// The line of an entry, without its newline.
    /// - Parameter time: in RFC 3339 format.
    func line(_ time: String, _ level: Logger.Level, _ message: Logger.Message, _ metadata: Logger.Metadata?) -> String
    {
        let entries = self.metadata.merging(metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        switch format {
        case .text:
            let pairs = entries.map { "\($0.key)=\(Self.quoted("\($0.value)"))" }
            return ([time, level.rawValue.uppercased(), "\(message)"] + pairs).joined(separator: " ")
        case .json:
            let own = [("time", time), ("level", level.rawValue), ("message", "\(message)")]
            let members = own.map { ($0.0, Self.encoded($0.1)) } + entries.map { ($0.key, Self.json($0.value)) }
            return "{" + members.map { "\(Self.encoded($0)):\($1)" }.joined(separator: ",") + "}"
        }
    }

    /// Quotes values as JSON strings if they could hide where they end, or fake another line.
    private static func quoted(_ value: String) -> String {
        let isPlain = !value.isEmpty && value.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") }
        return isPlain ? value : encoded(value)
    }

    /// Writes numbers as numbers, so that machines can compare them, and every other value as a string.
    private static func json(_ value: Logger.MetadataValue) -> String {
        guard case .stringConvertible(let value) = value else { return encoded("\(value)") }
        switch value {
        case let number as any BinaryInteger: return "\(number)"
        case let number as any BinaryFloatingPoint where isFinite(number): return "\(number)"
        default: return encoded("\(value)")
        }
    }

    /// JSON has no infinity and no NaN (RFC 8259 §6).
    private static func isFinite(_ number: some BinaryFloatingPoint) -> Bool { number.isFinite }

    /// A JSON string (RFC 8259 §7).
    private static func encoded(_ text: String) -> String {
        var json = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": json += "\\\(scalar)"
            case "\n": json += "\\n"
            case "\r": json += "\\r"
            case "\t": json += "\\t"
            case ..<" ": json += (scalar.value < 0x10 ? "\\u000" : "\\u00") + String(scalar.value, radix: 16)
            default: json.unicodeScalars.append(scalar)
            }
        }
        return json + "\""
    }
}

extension Configuration {
    /// A logger with the configured format.
    /// - Parameter level: the minimum level, which may change later.
    func makeLogger(_ level: LogLevel) -> Logger {
        Logger(label: "allclear") { _ in LineLogHandler(level, format: logFormat) }
    }
}

/// The minimum level of all loggers of the server. It may change while the server runs.
final class LogLevel: Sendable {
    private static let levels = Logger.Level.allCases
    /// The level's index in `levels`.
    private let place: Atomic<Int>

    init(_ level: Logger.Level) { place = Atomic(Self.place(of: level)) }

    var current: Logger.Level { Self.levels[place.load(ordering: .relaxed)] }

    func use(_ level: Logger.Level) { place.store(Self.place(of: level), ordering: .relaxed) }

    private static func place(of level: Logger.Level) -> Int { levels.firstIndex(of: level) ?? 0 }
}
