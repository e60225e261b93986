import Locking
import ManagementAPI

/// Counts and durations of the requests that were not answered on an event loop.
final class RequestMetrics: Sendable {
    struct Key: Hashable {
        let route: String
        let method: String
        let status: Int
    }

    private struct State {
        var counts: [Key: Int] = [:]
        var durations: [String: Histogram] = [:]
        var replays: [Replay.Body: Int] = [:]
    }

    private let state = Locked(State())

    /// - Parameter route: the template of the path, so that there are only a few values; nil for a path that is not
    ///   served.
    func note(route: String?, method: String, status: Int, duration: Duration) {
        let route = route ?? "none"
        let key = Key(route: route, method: LoggedText.method(method), status: status)
        state.withLock { state in
            state.counts[key, default: 0] += 1
            state.durations[route, default: Histogram()].note(duration)
        }
    }

    func note(_ replay: Replay) { state.withLock { $0.replays[replay.body, default: 0] += 1 } }

    func write(to text: inout MetricsText) {
        let (counts, durations, replays) = state.withLock { ($0.counts, $0.durations, $0.replays) }
        let requests = "allclear_requests_total"
        text.describe(
            requests, "counter", "Requests answered by handlers, not on the event loops, by route, method and status.")
        let ordered = counts.sorted { one, other in
            (one.key.route, one.key.method, one.key.status) < (other.key.route, other.key.method, other.key.status)
        }
        for (key, count) in ordered {
            text.sample(requests, ["route": key.route, "method": key.method, "status": "\(key.status)"], count)
        }
        let repeated = "allclear_idempotent_replays_total"
        text.describe(
            repeated, "counter",
            "Reused idempotency keys, by comparison with the first body: same, different (a new event may be lost) or unknown."
        )
        for body in Replay.Body.allCases { text.sample(repeated, ["body": body.rawValue], replays[body] ?? 0) }
        let seconds = "allclear_request_duration_seconds"
        text.describe(seconds, "histogram", "Time from the handler's start to the response, by route.")
        for (route, histogram) in durations.sorted(by: { $0.key < $1.key }) {
            text.samples(seconds, ("route", route), histogram: histogram)
        }
    }
}
