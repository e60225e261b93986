import Synchronization

/// Those who follow widgets live, over all event loops, and what is allowed them.
public final class LiveWidgets: Sendable {
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

    /// How many wait for a change, and how many stream.
    public var present: (waiting: Int, streams: Int) { (waiting.present, streams.present) }

    /// As in the settings.
    var maxWaitSeconds: Int { longestWait.load(ordering: .relaxed) }
    var heartbeatSeconds: Int { heartbeat.load(ordering: .relaxed) }

    /// Allows other things to those who come from now on. Those who are there go on as they began.
    public func use(_ settings: LiveSettings) {
        waiting.setLimit(settings.maxWaiting)
        streams.setLimit(settings.maxStreams)
        longestWait.store(settings.maxWaitSeconds, ordering: .relaxed)
        heartbeat.store(settings.heartbeatSeconds, ordering: .relaxed)
    }
}
