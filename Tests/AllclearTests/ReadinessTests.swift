import Dispatch
import Synchronization
import TestSupport
import Testing

@testable import allclear

@Suite("Readiness")
struct ReadinessTests {
    /// A database whose writes end when the test says so.
    private final class Database: Sendable {
        let writes = Mutex<[@Sendable (Bool) -> Void]>([])
        let count = Atomic(0)

        func probe(_ completion: @escaping @Sendable (Bool) -> Void) {
            count.add(1, ordering: .relaxed)
            writes.withLock { $0.append(completion) }
        }

        func finish(_ isWritten: Bool) {
            let waiting = writes.withLock { writes in
                defer { writes = [] }
                return writes
            }
            for completion in waiting { completion(isWritten) }
        }
    }

    private let database = Database()
    private let outcomes = Outcomes()

    private final class Outcomes: Sendable {
        private let all = Mutex<[Readiness.Outcome]>([])
        func add(_ outcome: Readiness.Outcome) { all.withLock { $0.append(outcome) } }
        var value: [Readiness.Outcome] { all.withLock { $0 } }
    }

    private func ask(_ readiness: Readiness, _ times: Int = 1) {
        for _ in 0..<times { readiness.ask { [outcomes] in outcomes.add($0) } }
    }

    @Test(
        "Concurrent and following probes share a write and its result",
        arguments: [true, false])
    func sharing(_ isWritten: Bool) {
        let readiness = Readiness(patience: .seconds(60), probe: database.probe)
        ask(readiness, 3)
        #expect(outcomes.value == [])
        database.finish(isWritten)
        ask(readiness, 2)
        #expect(outcomes.value == Array(repeating: isWritten ? .ready : .failed, count: 5))
        #expect(database.count.load(ordering: .relaxed) == 1)
    }

    @Test("A probe gets a response in time even if the write hangs, and no other write starts")
    func patience() async {
        let readiness = Readiness(patience: .milliseconds(20), probe: database.probe)
        let answered = Event()
        for _ in 1...2 {
            readiness.ask { [outcomes] outcome in
                outcomes.add(outcome)
                answered.happen()
            }
            #expect(await OwnThread.run { answered.wait() })
        }
        #expect(outcomes.value == [.slow, .slow])
        #expect(database.count.load(ordering: .relaxed) == 1)
        database.finish(true)
        ask(readiness)
        #expect(outcomes.value == [.slow, .slow, .ready])
    }
}
