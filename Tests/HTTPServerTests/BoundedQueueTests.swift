import Glibc
import Locking
import Synchronization
import TestSupport
import Testing

@testable import HTTPServer

@Suite("Bounded queue")
struct BoundedQueueTests {
    /// Work that blocks until it is released, and signals when it begins and ends.
    private final class Work: Sendable {
        let begun = Event()
        let isLetGo = Event()
        let ended = Event()
        private let counts = Locked((running: 0, peak: 0, total: 0))

        var peak: Int { counts.withLock { $0.peak } }
        var total: Int { counts.withLock { $0.total } }

        func submit(to queue: BoundedQueue) -> Bool { queue.submit { self.run() } }

        private func run() {
            counts.withLock { $0 = ($0.running + 1, max($0.peak, $0.running + 1), $0.total + 1) }
            begun.happen()
            _ = isLetGo.wait()
            counts.withLock { $0.running -= 1 }
            ended.happen()
        }
    }

    /// The niceness of the calling thread.
    private static func niceness() -> Int32 { getpriority(Int32(PRIO_PROCESS.rawValue), 0) }

    @Test("Everything that is accepted runs, once")
    func runsAll() async {
        let queue = BoundedQueue(label: "test", width: 4, capacity: 5_000)
        let counts = Locked([Int](repeating: 0, count: 5_000))
        let left = Atomic(5_000)
        await withCheckedContinuation { continuation in
            for number in 0..<5_000 {
                let isAccepted = queue.submit {
                    counts.withLock { $0[number] += 1 }
                    if left.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { continuation.resume() }
                }
                #expect(isAccepted)
            }
        }
        #expect(counts.withLock { $0.allSatisfy { $0 == 1 } })
    }

    @Test(
        "Work runs at the requested priority, and leaves that of Dispatch's threads alone",
        arguments: [nil, 7] as [Int32?])
    func niceness(_ niceness: Int32?) async {
        let queue = BoundedQueue(label: "test", width: 1, capacity: 2, niceness: niceness)
        for _ in 0..<2 {
            let measured = await withCheckedContinuation { continuation in
                _ = queue.submit { continuation.resume(returning: Self.niceness()) }
            }
            #expect(measured == niceness ?? Self.niceness())
        }
    }

    @Test("At most `width` elements run at once")
    func width() async throws {
        try await OwnThread.run {
            let queue = BoundedQueue(label: "test", width: 3, capacity: 100)
            let work = Work()
            for _ in 0..<10 { #expect(work.submit(to: queue)) }
            for _ in 0..<3 { try #require(work.begun.wait()) }
            for _ in 0..<10 { work.isLetGo.happen() }
            for _ in 0..<10 { try #require(work.ended.wait()) }
            #expect(work.peak == 3)
            #expect(work.total == 10)
        }
    }

    @Test("Work over the capacity is rejected and never runs; finished work makes room")
    func capacity() async throws {
        try await OwnThread.run {
            let queue = BoundedQueue(label: "test", width: 1, capacity: 2)
            let work = Work()
            #expect(work.submit(to: queue))
            try #require(work.begun.wait())
            #expect(work.submit(to: queue))
            #expect(work.submit(to: queue))
            #expect(!work.submit(to: queue))
            work.isLetGo.happen()
            try #require(work.begun.wait())
            #expect(work.submit(to: queue))
            for _ in 0..<3 { work.isLetGo.happen() }
            for _ in 0..<4 { try #require(work.ended.wait()) }
            #expect(work.total == 4)
        }
    }

    @Test("Finished work is released, even while more is waiting")
    func release() async throws {
        final class Token: Sendable {}
        try await OwnThread.run {
            let queue = BoundedQueue(label: "test", width: 1, capacity: 10)
            let work = Work()
            var token: Token? = Token()
            weak let remembered = token
            #expect(work.submit(to: queue))
            try #require(work.begun.wait())
            let isAccepted = queue.submit { [token] in withExtendedLifetime(token) {} }
            #expect(isAccepted)
            token = nil
            #expect(work.submit(to: queue))
            #expect(work.submit(to: queue))
            #expect(remembered != nil)
            work.isLetGo.happen()
            try #require(work.begun.wait())
            #expect(remembered == nil)
            work.isLetGo.happen()
            work.isLetGo.happen()
            for _ in 0..<3 { try #require(work.ended.wait()) }
        }
    }

    @Test("Work over a lowered capacity still runs, and no more is accepted until there is room")
    func capacityChanges() async throws {
        await OwnThread.run {
            let queue = BoundedQueue(label: "test", width: 1, capacity: 2)
            let work = Work()
            #expect(work.submit(to: queue))
            #expect(work.begun.wait())
            for isAccepted in [true, true, false] { #expect(work.submit(to: queue) == isAccepted) }
            queue.setCapacity(3)
            for isAccepted in [true, false] { #expect(work.submit(to: queue) == isAccepted) }
            queue.setCapacity(1)
            #expect(!work.submit(to: queue))
            for _ in 0..<4 {
                work.isLetGo.happen()
                #expect(work.ended.wait())
            }
            #expect(work.total == 4)
        }
    }
}
