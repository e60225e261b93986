import Dispatch
import Glibc
import Locking

/// Writes log lines to standard error from one thread, and never blocks the caller.
///
/// Standard error may be a file on a full disk, or a pipe whose reader has stalled or ended. Lines then wait in a buffer.
/// If the buffer is full or the lines cannot be written, they are dropped and counted, and the server continues.
final class LogSink: Sendable {
    private struct Pending {
        var bytes: [UInt8] = []
        var dropped = 0
        var isDraining = false
    }

    /// Lines that could not be written. The log reports them as soon as it can be written again.
    private struct Loss {
        var lines = 0
        /// Whether a part of the last line was written.
        var isTorn = false
    }

    static let standardError = LogSink(descriptor: STDERR_FILENO, capacity: 4 * 1_048_576)

    private let descriptor: Int32
    private let capacity: Int
    private let queue = DispatchQueue(label: "allclear.log")
    private let pending = Locked(Pending())
    private let loss = Locked(Loss())

    /// - Parameter capacity: the maximum number of bytes that wait.
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

    /// Waits until all earlier lines are written, for at most one second.
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
            let earlier = loss.withLock { $0 }
            let untold = write(bytes, dropped: dropped, after: earlier)
            loss.withLock { $0 = untold }
        }
    }

    /// - Parameter dropped: the number of lines after these that did not fit into the buffer.
    /// - Returns: the losses that are not reported yet.
    private func write(_ lines: [UInt8], dropped: Int, after earlier: Loss) -> Loss {
        if earlier.lines > 0 {
            let told = tell(of: earlier)
            if told.lines > 0 {
                return Loss(lines: told.lines + Self.count(lines[...]) + dropped, isTorn: told.isTorn)
            }
        }
        let written = Self.writeWhatFits(lines, to: descriptor)
        if written < lines.count {
            let isTorn = written > 0 && lines[written - 1] != UInt8(ascii: "\n")
            return Loss(lines: Self.count(lines[written...]) + dropped, isTorn: isTorn)
        }
        return dropped > 0 ? tell(of: Loss(lines: dropped)) : Loss()
    }

    /// - Returns: the same loss, if it could not be reported.
    private func tell(of loss: Loss) -> Loss {
        let note = Array("\(loss.isTorn ? "\n" : "")(\(loss.lines) log lines were dropped)\n".utf8)
        let written = Self.writeWhatFits(note, to: descriptor)
        return written == note.count ? Loss() : Loss(lines: loss.lines, isTorn: loss.isTorn || written > 0)
    }

    private static func count(_ lines: ArraySlice<UInt8>) -> Int {
        lines.reduce(0) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
    }

    /// Writes all bytes. Gives up if a non-blocking pipe takes none for five seconds.
    /// - Returns: false if some bytes could not be written.
    @discardableResult
    static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        writeWhatFits(bytes, to: descriptor, patience: 5_000) == bytes.count
    }

    /// - Parameter patience: milliseconds to wait until a non-blocking pipe can take more; -1 waits forever.
    /// - Returns: the number of bytes written. If it is smaller than `bytes.count`, `errno` has the reason.
    private static func writeWhatFits(_ bytes: [UInt8], to descriptor: Int32, patience: Int32 = -1) -> Int {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN {
                // Another process that shares the pipe may have made it non-blocking.
                var writable = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                if poll(&writable, 1, patience) != 0 { continue }
                errno = EAGAIN
            }
            guard count > 0 else { break }
            written += count
        }
        return written
    }
}
