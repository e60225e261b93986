/// How readers may wait for a document's changes.
public struct LiveSettings: Equatable, Sendable {
    /// The longest time that a read may wait, in seconds. A request for more waits this long.
    public var maxWaitSeconds = 60
    /// How many reads may wait at a time. Further ones get 503.
    public var maxWaiting = 5_000
    /// How many streams may be open at a time. Further ones get the document and end, so that the reader reconnects.
    public var maxStreams = 2_000
    /// Seconds between the comments that keep a stream open.
    public var heartbeatSeconds = 15

    public init() {}

    /// Whether these limits leave at least one connection to other clients.
    public func leaveRoom(among connections: Int) -> Bool { maxWaiting + maxStreams < connections }

    /// Lowers the limits so that at least 30 % of the connections are left to other clients.
    public mutating func makeRoom(among connections: Int) {
        maxWaiting = min(maxWaiting, connections / 2)
        maxStreams = min(maxStreams, connections / 5)
    }
}
