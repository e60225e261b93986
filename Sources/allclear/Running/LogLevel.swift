import Logging
import Synchronization

/// From which level on the server logs: one for all its loggers, which may change while it runs.
final class LogLevel: Sendable {
    private static let levels = Logger.Level.allCases
    /// Its place among the levels.
    private let place: Atomic<Int>

    init(_ level: Logger.Level) { place = Atomic(Self.place(of: level)) }

    var current: Logger.Level { Self.levels[place.load(ordering: .relaxed)] }

    func use(_ level: Logger.Level) { place.store(Self.place(of: level), ordering: .relaxed) }

    private static func place(of level: Logger.Level) -> Int { levels.firstIndex(of: level) ?? 0 }
}
