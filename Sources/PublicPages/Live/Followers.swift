import Synchronization

/// The readers that follow documents live, across all event loops, with their limits.
public final class Followers: Sendable {
    let waiting: LiveReaders
    let streams: LiveReaders
    private let longestWait: Atomic<Int>
    private let heartbeat: Atomic<Int>

    public init(_ settings: LiveSettings) {
        waiting = LiveReaders(limit: settings.maxWaiting)
        streams = LiveReaders(limit: settings.maxStreams)
        longestWait = Atomic(settings.maxWaitSeconds)
        heartbeat = Atomic(settings.heartbeatSeconds)
    }

    /// How many readers wait for a change, and how many stream.
    public var present: (waiting: Int, streams: Int) { (waiting.present, streams.present) }

    /// See `LiveSettings`.
    var maxWaitSeconds: Int { longestWait.load(ordering: .relaxed) }
    var heartbeatSeconds: Int { heartbeat.load(ordering: .relaxed) }

    /// Applies new settings to later readers. Present readers keep theirs.
    public func use(_ settings: LiveSettings) {
        waiting.setLimit(settings.maxWaiting)
        streams.setLimit(settings.maxStreams)
        longestWait.store(settings.maxWaitSeconds, ordering: .relaxed)
        heartbeat.store(settings.heartbeatSeconds, ordering: .relaxed)
    }
}
