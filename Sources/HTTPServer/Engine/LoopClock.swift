import CLinux
import Glibc

/// The time as an event loop sees it: read once per wake-up, and formatted once a second.
final class LoopClock {
    /// Seconds of a monotonic clock, for deadlines.
    private(set) var second: Int = 0
    /// Nanoseconds since the start of that second.
    private var nanosecond = 0
    /// The time in the `Date` field, in seconds since the Unix epoch.
    private(set) var dateSecond = -1
    private let date = UnsafeMutableBufferPointer<UInt8>.allocate(
        capacity: "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n".utf8.count)

    init() { refresh() }

    deinit { date.deallocate() }

    /// `Date: … CR LF`, ready to send, at an address that never changes. An array would cost reference counting for
    /// each answer.
    var dateField: Bytes { Bytes(date) }

    /// The value of `Date` without the field name.
    var dateValue: Bytes { Bytes(rebasing: date["Date: ".utf8.count..<(date.count - 2)]) }

    /// The milliseconds until the next second begins, plus one clock tick, because without it the second might not have
    /// begun yet.
    var millisecondsLeft: Int32 { 1_000 - Int32(nanosecond / 1_000_000) + 5 }

    func refresh() {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
        second = time.tv_sec
        nanosecond = time.tv_nsec
        // Not the coarse clock: its `Date` could be a few milliseconds earlier than a `Last-Modified` just made.
        clock_gettime(CLOCK_REALTIME, &time)
        guard time.tv_sec != dateSecond else { return }
        dateSecond = time.tv_sec
        _ = date.update(fromContentsOf: Array("Date: \(HTTPDate.format(time.tv_sec))\r\n".utf8))
    }
}
