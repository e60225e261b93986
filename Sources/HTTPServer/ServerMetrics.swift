import Locking
import Synchronization

/// The counters of a server since its creation.
public final class ServerMetrics: Sendable {
    public enum Counter: Int, CaseIterable, Sendable {
        /// Connections that were admitted, and those of them that ended.
        case connectionsAccepted, connectionsClosed
        /// Connections that were refused because of the total limit, and because of the limit per address.
        case connectionsOverLimit, connectionsOverLimitOfAddress
        /// How often accepting paused because the process had no free file descriptor.
        case acceptPauses
        /// TLS handshakes that succeeded, those of them that resumed a session, and those that failed.
        case handshakes, handshakesResumed, handshakesFailed
        /// Requests whose head was parsed.
        case requests
        /// Requests that an event loop answered itself, by status.
        case inlineOK, inlineNotModified, inlineOther
        /// Requests that were held and then answered, by status, and requests whose answer began as a stream.
        case heldOK, heldNotModified, heldOther, streamsBegun
        /// Bytes read from sockets and written to them; with TLS, the decrypted bytes.
        case bytesReceived, bytesSent
        /// Connections closed because they reached the limit of requests per connection.
        case connectionsOverRequestLimit
        /// Timeouts, by phase.
        case handshakeTimeouts, headTimeouts, bodyTimeouts, idleTimeouts, writeTimeouts
        /// Refused requests: malformed, body over the limit, request line over the limit, head over its limits, other
        /// reasons. The handler answers those with a body over the limit; the engine answers the others.
        case malformed, bodyTooLarge, requestLineTooLong, headTooLarge, otherwiseRefused
        /// Hits of the limits on concurrent work: bytes of all bodies, requests waiting for a handler, held requests,
        /// and streams. A stream over its limit ends with its opening.
        case bodiesOverLimit, requestsOverLimit, heldOverLimit, streamsOverLimit
    }

    private let loops = Locked<[LoopCounters]>([])

    public init() {}

    /// The total over all event loops.
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
    /// The counter of how often this limit was hit.
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

/// The counters of one event loop. Only that loop writes them, so counting needs no atomic addition.
///
/// Unchecked because the pointer never changes, and the values it points to are atomic.
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

    /// Only the loop may call this.
    func add(_ counter: ServerMetrics.Counter, _ amount: Int = 1) {
        values[counter.rawValue].store(count(counter) &+ UInt64(truncatingIfNeeded: amount), ordering: .relaxed)
    }
}
