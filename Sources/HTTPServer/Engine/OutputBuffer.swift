import Glibc

/// Gathers the answers to one batch of requests, so that a pipeline costs one system call.
///
/// A class in a constant, like the loop's other parts. If it were mutated in place as a stored property, Swift would
/// check every access for exclusivity at run time. That check would be a large part of this code's total cost.
final class OutputBuffer {
    static let capacity = 65_536

    private let storage = UnsafeMutablePointer<UInt8>.allocate(capacity: OutputBuffer.capacity)
    private(set) var count = 0
    private let counters: LoopCounters

    init(counters: LoopCounters) { self.counters = counters }

    deinit { storage.deallocate() }

    /// Appends bytes for a connection. If they do not fit, the buffer is written out first.
    @inline(__always)
    func append(_ bytes: Bytes, for connection: Connection) {
        guard let source = bytes.baseAddress else { return }
        guard bytes.count <= Self.capacity &- count, !connection.hasPendingOutput else {
            return appendSlowly(bytes, for: connection)
        }
        memcpy(storage + count, source, bytes.count)
        count &+= bytes.count
    }

    @inline(never)
    private func appendSlowly(_ bytes: Bytes, for connection: Connection) {
        flush(to: connection)
        if bytes.count > Self.capacity || connection.hasPendingOutput {
            send(bytes, to: connection)
        } else if let source = bytes.baseAddress {
            memcpy(storage, source, bytes.count)
            count = bytes.count
        }
    }

    @inline(__always)
    func append(_ bytes: [UInt8], for connection: Connection) {
        bytes.withUnsafeBufferPointer { append($0, for: connection) }
    }

    /// Writes all gathered bytes to the socket. The connection keeps those that the socket does not accept.
    func flush(to connection: Connection) {
        guard count > 0 else { return }
        send(Bytes(start: storage, count: count), to: connection)
        count = 0
    }

    /// Offers the socket the bytes that it did not accept before.
    /// - Returns: whether it accepted any of them.
    func offerPending(of connection: Connection) -> Bool {
        connection.offerOutput { bytes in
            let taken = connection.transmit(bytes)
            counters.add(.bytesSent, max(0, taken))
            return taken
        }
    }

    /// Drops all gathered bytes.
    func discard() { count = 0 }

    private func send(_ bytes: Bytes, to connection: Connection) {
        var sent = 0
        if !connection.hasPendingOutput {
            while sent < bytes.count {
                let result = connection.transmit(
                    UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[sent...]))
                guard result > 0 else { break }
                sent += result
            }
            counters.add(.bytesSent, sent)
        }
        guard sent < bytes.count else { return }
        connection.queueOutput(bytes[sent...])
    }
}
