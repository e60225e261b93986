import Locking
import StatusPages

/// Limits how many forms a session may send in a minute.
final class PostLimits: Sendable {
    private static let mostInMinute = 120
    private static let minute: Int64 = 60_000

    private struct State {
        var minute: Int64 = 0
        /// Forms in that minute, by the hash of their session.
        var counts: [[UInt8]: Int] = [:]
    }

    private let state = Locked(State())

    /// - Throws: `FormProblem.tooManyRequests`.
    func admit(_ session: [UInt8], at now: Timestamp) throws(FormProblem) {
        let minute = now.milliseconds / Self.minute
        let count = state.withLock { state in
            if state.minute != minute { state = State(minute: minute) }
            state.counts[session, default: 0] += 1
            return state.counts[session, default: 0]
        }
        guard count <= Self.mostInMinute else {
            throw .tooManyRequests(retryAfter: Int((Self.minute - now.milliseconds % Self.minute) / 1_000) + 1)
        }
    }
}
