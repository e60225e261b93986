import Locking
public import StatusPages
import Storage

/// Counts deliveries since the server started.
public final class DeliveryCounters: Sendable {
    private struct State {
        var ends: [Recorded.End: Int] = [:]
        var attempts: [Subscriber.Channel: [String: Int]] = [:]
    }

    private let state = Locked(State())

    func note(_ recorded: Recorded) { state.withLock { $0.ends.merge(recorded.ends, uniquingKeysWith: +) } }

    func note(_ attempt: Attempt) {
        guard let name = attempt.name else { return }
        state.withLock { $0.attempts[attempt.job.source.channel, default: [:]][name, default: 0] += 1 }
    }

    /// How many attempts were made.
    var total: Int { state.withLock { $0.attempts.values.flatMap(\.values).reduce(0, +) } }

    /// How many deliveries ended in a state.
    public func ended(_ channel: Subscriber.Channel, _ kind: Delivery.Kind, _ end: Delivery.State) -> Int {
        state.withLock { $0.ends[Recorded.End(channel: channel, kind: kind, state: end)] ?? 0 }
    }

    /// How many attempts had a result.
    /// - Parameter result: one of `results`.
    public func attempts(_ channel: Subscriber.Channel, _ result: String) -> Int {
        state.withLock { $0.attempts[channel]?[result] ?? 0 }
    }

    /// The possible results of attempts over a channel.
    public static func results(of channel: Subscriber.Channel) -> [String] {
        channel == .email
            ? ["accepted", "temporary", "refused", "no_mailbox", "relay_trouble"] : ["accepted", "temporary", "gone"]
    }
}
