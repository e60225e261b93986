import Locking
import StatusPages

/// Makes IDs for the whole process.
final class IDSource: Sendable {
    private let generator = Locked(ULIDGenerator(randomness: SystemRandomNumberGenerator()))

    func next() -> ULID { generator.withLock { $0.next(at: Clock.now()) } }
}
