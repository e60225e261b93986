import Locking
import Glibc
import StatusPages

/// Where the server takes the time and new ids from.
enum Clock {
    /// The system's time.
    static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}

/// Makes ids for the whole process.
final class IDSource: Sendable {
    private let generator = Locked(ULIDGenerator(randomness: SystemRandomNumberGenerator()))

    func next() -> ULID { generator.withLock { $0.next(at: Clock.now()) } }
}
