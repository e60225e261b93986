import CLinux
import Glibc

/// The time as an event loop knows it: looked up once per wake-up, and written out once a second.
final class LoopClock {
    /// Seconds of a clock that never steps back, for deadlines.
    private(set) var second: Int = 0
    private var written: time_t = -1
    private let date = UnsafeMutableBufferPointer<UInt8>.allocate(
        capacity: "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n".utf8.count)

    init() { refresh() }

    deinit { date.deallocate() }

    /// `Date: … CR LF`, ready to send. Always in the same place: an array would be counted as held for each answer.
    var dateField: Bytes { Bytes(date) }

    func refresh() {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
        second = time.tv_sec
        // Not the coarse one: by a few milliseconds its Date could precede a Last-Modified that was just made.
        clock_gettime(CLOCK_REALTIME, &time)
        guard time.tv_sec != written else { return }
        written = time.tv_sec
        _ = date.update(fromContentsOf: Array("Date: \(HTTPDate.format(time.tv_sec))\r\n".utf8))
    }
}
