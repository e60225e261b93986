import Locking

/// Ends transfers that are in progress, from another thread. A server that stops must not wait for a hanging relay or
/// endpoint.
///
/// After `interrupt`, a transfer ends within about a second with the outcome of a broken connection. That says nothing
/// about the other side.
public final class Interruption: Sendable {
    private let flag = Locked(false)

    public init() {}

    public func interrupt() { flag.withLock { $0 = true } }

    public var isInterrupted: Bool { flag.withLock { $0 } }
}
