import Locking
import Synchronization

/// What a server counts about itself, since it was made.
public final class ServerMetrics: Sendable {
    /// What is counted.
    public enum Counter: Int, CaseIterable, Sendable {
        /// Connections that were let in, and that ended since.
        case connectionsAccepted, connectionsClosed
        /// Connections that were turned away, for the limit of all and of their address.
        case connectionsOverLimit, connectionsOverLimitOfAddress
        /// Times that accepting rested for want of file descriptors.
        case acceptPauses
        /// TLS handshakes that succeeded, those of them that resumed a session, and those that failed.
        case handshakes, handshakesResumed, handshakesFailed
        /// Requests whose head was understood.
        case requests
        /// Requests that an event loop answered itself, by what with.
        case inlineOK, inlineNotModified, inlineOther
        /// Requests that were held and then answered, by what with, and those whose answer was begun as a stream.
        case heldOK, heldNotModified, heldOther, streamsBegun
        /// Bytes read from sockets and written to them; of TLS, what is inside.
        case bytesReceived, bytesSent
        /// Connections closed since they had as many requests as a connection may.
        case connectionsOverRequestLimit
        /// What took too long.
        case handshakeTimeouts, headTimeouts, bodyTimeouts, idleTimeouts, writeTimeouts
        /// Requests that were answered by the engine itself: malformed, with a body over the limit, a request line over
        /// the limit, a head over its limits, and for any other reason.
        case malformed, bodyTooLarge, requestLineTooLong, headTooLarge, otherwiseRefused
        /// Requests that a limit of what may be under way refused: for the bytes of all bodies, for those that wait for
        /// a handler, for those that are held. Of streams: that ended with their opening.
        case bodiesOverLimit, requestsOverLimit, heldOverLimit, streamsOverLimit
    }

    private let loops = Locked<[LoopCounters]>([])

    public init() {}

    /// How often it happened on all event loops.
    public func count(_ counter: Counter) -> UInt64 {
        loops.withLock { $0 }.reduce(0) { $0 &+ $1.count(counter) }
    }

    func makeLoopCounters() -> LoopCounters {
        let counters = LoopCounters()
        loops.withLock { $0.append(counters) }
        return counters
    }
}

extension Limit {
    /// What counts how often it was hit.
    public var counter: ServerMetrics.Counter {
        switch self {
        case .connections: .connectionsOverLimit
        case .connectionsOfAddress: .connectionsOverLimitOfAddress
        case .bufferedBodies: .bodiesOverLimit
        case .waitingRequests: .requestsOverLimit
        case .heldRequests: .heldOverLimit
        case .streams: .streamsOverLimit
        }
    }
}

/// What one event loop counts. Only the loop writes, so that counting needs no atomic addition.
///
/// Unchecked: the pointer never changes, and what it points to is atomic.
final class LoopCounters: @unchecked Sendable {
    private static let size = ServerMetrics.Counter.allCases.count
    private let values: UnsafeMutablePointer<Atomic<UInt64>>

    init() {
        values = .allocate(capacity: Self.size)
        for index in 0..<Self.size { (values + index).initialize(to: Atomic(0)) }
    }

    deinit {
        values.deinitialize(count: Self.size)
        values.deallocate()
    }

    func count(_ counter: ServerMetrics.Counter) -> UInt64 { values[counter.rawValue].load(ordering: .relaxed) }

    /// To be called by the loop alone.
    func add(_ counter: ServerMetrics.Counter, _ amount: Int = 1) {
        values[counter.rawValue].store(count(counter) &+ UInt64(truncatingIfNeeded: amount), ordering: .relaxed)
    }
}
