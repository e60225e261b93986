import Glibc
import Locking
import StatusPages

/// The server's source of time.
enum Clock {
    static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}

/// Makes IDs for the whole process.
final class IDSource: Sendable {
    private let generator = Locked(ULIDGenerator(randomness: SystemRandomNumberGenerator()))

    func next() -> ULID { generator.withLock { $0.next(at: Clock.now()) } }
}
