import CLinux
import Glibc

/// The time as an event loop knows it: looked up once per wake-up, and written out once a second.
final class LoopClock {
    /// Seconds of a clock that never steps back, for deadlines.
    private(set) var second: Int = 0
    /// How much of that second was over.
    private var nanosecond = 0
    /// What `Date` says, in seconds since the Unix epoch.
    private(set) var dateSecond = -1
    private let date = UnsafeMutableBufferPointer<UInt8>.allocate(
        capacity: "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n".utf8.count)

    init() { refresh() }

    deinit { date.deallocate() }

    /// `Date: … CR LF`, ready to send. Always in the same place: an array would be counted as held for each answer.
    var dateField: Bytes { Bytes(date) }

    /// The date alone.
    var dateValue: Bytes { Bytes(rebasing: date["Date: ".utf8.count..<(date.count - 2)]) }

    /// Until the next second begins, and a tick of the clock more, or it might not have.
    var millisecondsLeft: Int32 { 1_000 - Int32(nanosecond / 1_000_000) + 5 }

    func refresh() {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
        second = time.tv_sec
        nanosecond = time.tv_nsec
        // Not the coarse one: by a few milliseconds its Date could precede a Last-Modified that was just made.
        clock_gettime(CLOCK_REALTIME, &time)
        guard time.tv_sec != dateSecond else { return }
        dateSecond = time.tv_sec
        _ = date.update(fromContentsOf: Array("Date: \(HTTPDate.format(time.tv_sec))\r\n".utf8))
    }
}
