/// How readers may wait for a widget's changes.
public struct LiveSettings: Equatable, Sendable {
    /// The longest that a read may wait, in seconds. One that asks for more waits so long.
    public var maxWaitSeconds = 60
    /// Reads that may wait at a time. One more is answered 503.
    public var maxWaiting = 5_000
    /// Streams that may be open at a time. One more gets the document and ends, so that its reader comes back.
    public var maxStreams = 2_000
    /// Seconds between the comments that keep a stream open.
    public var heartbeatSeconds = 15

    public init() {}

    /// Whether all of these readers leave any of so many connections to others.
    public func leaveRoom(among connections: Int) -> Bool { maxWaiting + maxStreams < connections }

    /// Lowers the limits to what leaves at least three tenths of the connections to others.
    public mutating func makeRoom(among connections: Int) {
        maxWaiting = min(maxWaiting, connections / 2)
        maxStreams = min(maxStreams, connections / 5)
    }
}
