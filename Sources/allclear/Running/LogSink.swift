import Dispatch
import Glibc
import Locking
import Synchronization

/// Writes log lines to standard error from one thread, and never blocks the caller.
///
/// Standard error may be a file on a full disk, or a pipe whose reader has stalled or ended. Lines then wait in a buffer.
/// If the buffer is full or the lines cannot be written, they are dropped and counted, and the server continues.
final class LogSink: Sendable {
    private struct Pending {
        var lines: [UInt8] = []
        /// The number of later lines that did not fit.
        var overflow = 0
        var isDraining = false
    }

    static let standardError = LogSink(descriptor: STDERR_FILENO, capacity: 4 * 1_048_576)

    private let descriptor: Int32
    private let capacity: Int
    private let queue = DispatchQueue(label: "allclear.log")
    private let pending = Locked(Pending())
    /// The number of dropped lines that the log does not report yet.
    private let dropped = Atomic(0)

    /// - Parameter capacity: the maximum number of bytes that wait.
    init(descriptor: Int32, capacity: Int) {
        self.descriptor = descriptor
        self.capacity = capacity
    }

    func write(_ line: String) {
        let starts = pending.withLock { pending in
            let bytes = line.utf8
            if pending.lines.count + bytes.count < capacity {
                pending.lines += bytes
                pending.lines.append(UInt8(ascii: "\n"))
            } else {
                pending.overflow += 1
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
        while let (lines, overflow) = take() {
            let written = report() ? Self.writeWhatFits(lines, to: descriptor) : 0
            dropped.add(Self.count(lines[written...]) + overflow, ordering: .relaxed)
            if written == lines.count { report() }
        }
    }

    /// The lines since the last call; nil if there are none.
    private func take() -> (lines: [UInt8], overflow: Int)? {
        pending.withLock { pending in
            let taken = (pending.lines, pending.overflow)
            pending.lines = []
            pending.overflow = 0
            pending.isDraining = !taken.0.isEmpty || taken.1 > 0
            return pending.isDraining ? taken : nil
        }
    }

    /// Logs the number of dropped lines, if there are any.
    /// - Returns: false if it could not be written.
    @discardableResult
    private func report() -> Bool {
        let lines = dropped.load(ordering: .relaxed)
        if lines == 0 { return true }
        // The first line break ends a line that was written only in part.
        let note = Array("\n(\(lines) log lines were dropped)\n".utf8)
        guard Self.writeWhatFits(note, to: descriptor) == note.count else { return false }
        dropped.store(0, ordering: .relaxed)
        return true
    }

    private static func count(_ lines: ArraySlice<UInt8>) -> Int { lines.count { $0 == UInt8(ascii: "\n") } }

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
