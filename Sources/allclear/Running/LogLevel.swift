import Logging
import Synchronization

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
