import Dispatch
import Glibc
import Locking
import Logging
import StatusPages
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
        /// The format of the last line.
        var format = Configuration.LogFormat.text
        var isDraining = false
    }

    static let standardError = LogSink(descriptor: STDERR_FILENO, capacity: 4 * 1_048_576)

    private let descriptor: Int32
    private let capacity: Int
    private let queue = DispatchQueue(label: "allclear.log")
    private let pending = Locked(Pending())
    /// The number of dropped lines that the log does not report yet.
    private let dropped = Atomic(0)
    /// Whether the last line was written only in part.
    private let isMidLine = Atomic(false)

    /// - Parameter capacity: the maximum number of bytes that wait.
    init(descriptor: Int32, capacity: Int) {
        self.descriptor = descriptor
        self.capacity = capacity
    }

    /// - Parameter format: the format of the line, and of reports of dropped lines.
    func write(_ line: String, _ format: Configuration.LogFormat) {
        let starts = pending.withLock { pending in
            let bytes = line.utf8
            pending.format = format
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
        while let taken = take() {
            let lines = taken.lines
            let written = report(in: taken.format) ? put(lines) : 0
            dropped.add(Self.count(lines[written...]) + taken.overflow, ordering: .relaxed)
            if written == lines.count { report(in: taken.format) }
        }
    }

    /// The lines since the last call; nil if there are none.
    private func take() -> Pending? {
        pending.withLock { pending in
            let taken = pending
            pending.lines = []
            pending.overflow = 0
            pending.isDraining = !taken.lines.isEmpty || taken.overflow > 0
            return pending.isDraining ? taken : nil
        }
    }

    /// Logs the number of dropped lines, if there are any.
    /// - Returns: false if it could not be written.
    @discardableResult
    private func report(in format: Configuration.LogFormat) -> Bool {
        let lines = dropped.load(ordering: .relaxed)
        if lines == 0 { return true }
        let note = LineLogHandler(LogLevel(.warning), format: format).line(
            Clock.now().rfc3339, .warning, "log lines were dropped, because standard error did not take them",
            ["lines": .stringConvertible(lines)])
        let end = isMidLine.load(ordering: .relaxed) ? "\n" : ""
        let bytes = Array("\(end)\(note)\n".utf8)
        guard put(bytes) == bytes.count else { return false }
        dropped.store(0, ordering: .relaxed)
        return true
    }

    /// Writes as much as possible.
    /// - Returns: the number of bytes written.
    private func put(_ bytes: [UInt8]) -> Int {
        let written = Self.writeWhatFits(bytes, to: descriptor)
        if written > 0 { isMidLine.store(bytes[written - 1] != UInt8(ascii: "\n"), ordering: .relaxed) }
        return written
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
