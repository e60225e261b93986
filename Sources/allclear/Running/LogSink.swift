import Dispatch
import Glibc
import Locking

/// Writes log lines to standard error, from one thread, without ever holding up who logs.
///
/// Standard error may be a pipe whose reader has stalled or gone, or a full disk: lines then wait, up to a limit, and
/// past it they are dropped and counted. The server goes on.
final class LogSink: Sendable {
    private struct Pending {
        var bytes: [UInt8] = []
        var dropped = 0
        var isDraining = false
    }

    static let standardError = LogSink(descriptor: STDERR_FILENO, capacity: 4 * 1_048_576)

    private let descriptor: Int32
    private let capacity: Int
    private let queue = DispatchQueue(label: "allclear.log")
    private let pending = Locked(Pending())

    /// - Parameter capacity: how many bytes may wait.
    init(descriptor: Int32, capacity: Int) {
        self.descriptor = descriptor
        self.capacity = capacity
    }

    func write(_ line: String) {
        let starts = pending.withLock { pending in
            let bytes = line.utf8
            if pending.bytes.count + bytes.count < capacity {
                pending.bytes += bytes
                pending.bytes.append(UInt8(ascii: "\n"))
            } else {
                pending.dropped += 1
            }
            defer { pending.isDraining = true }
            return !pending.isDraining
        }
        if starts { queue.async { self.drain() } }
    }

    /// Waits until what was logged so far is written, but no longer than a second.
    func flush() {
        let isWritten = DispatchSemaphore(value: 0)
        queue.async { isWritten.signal() }
        _ = isWritten.wait(timeout: .now() + 1)
    }

    private func drain() {
        while true {
            let (bytes, dropped) = pending.withLock { pending in
                let taken = (pending.bytes, pending.dropped)
                pending.bytes = []
                pending.dropped = 0
                if taken.0.isEmpty, taken.1 == 0 { pending.isDraining = false }
                return taken
            }
            if bytes.isEmpty, dropped == 0 { return }
            Self.write(bytes, to: descriptor)
            if dropped > 0 { Self.write(Array("(\(dropped) log lines were dropped)\n".utf8), to: descriptor) }
        }
    }

    /// Writes all of it, or what can be written.
    /// - Returns: false if something could not be.
    @discardableResult
    static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            written += count
        }
        return true
    }
}
