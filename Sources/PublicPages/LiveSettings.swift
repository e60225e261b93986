/// How readers may wait for a widget's changes.
public struct LiveSettings: Equatable, Sendable {
    /// The longest that a read may wait, in seconds. One that asks for more waits so long.
    public var maxWaitSeconds = 60
    /// Reads that may wait at a time. One more is answered 503.
    public var maxWaiting = 5_000
    /// Streams that may be open at a time. One more is answered 503.
    public var maxStreams = 2_000
    /// Seconds between the comments that keep a stream open.
    public var heartbeatSeconds = 15

    public init() {}
}
