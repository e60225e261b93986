import Dispatch
import GRDB
import Glibc
import StatusPages
import TestSupport
import Testing

@testable import Storage

/// A replica that fails when the test says so.
final class FakeReplica: Replicator {
    struct Away: Error, CustomStringConvertible {
        let description = "the replica is away"
    }

    private let isAway = Shared(false)
    let syncs = Shared(0)
    let log: Shared<[String]>

    init(log: Shared<[String]> = Shared([])) { self.log = log }

    func leave() { isAway.change { $0 = true } }

    func comeBack() { isAway.change { $0 = false } }

    func sync() throws {
        syncs.change { $0 += 1 }
        log.change { $0.append("sync") }
        if isAway.value { throw Away() }
    }
}

@Suite("Replication", .timeLimit(.patientMinutes(2)))
struct ReplicationTests {
    let replica = FakeReplica()

    private func makeStore(_ onFailure: Replication.OnFailure, on disk: FaultyDisk? = nil) throws -> FaultyStore {
        try FaultyStore(on: disk, replication: Replication(replica, onFailure: onFailure))
    }

    @Test("A write is replicated after its commit, and before it is shown and answered")
    func order() throws {
        let test = try makeStore(.refuse)
        let log = replica.log
        let writer = Writer(test.store, publish: { _, _ in { log.change { $0.append("shown") } } })
        log.change { $0 = [] }
        writer.write(
            { [page = test.page] in try $0.insert(Fixture.incident(1, on: page)) },
            completion: { _ in log.change { $0.append("answered") } })
        writer.waitUntilIdle()
        #expect(log.value == ["sync", "shown", "answered"])
    }

    @Test("A transaction that changes nothing is not replicated")
    func nothing() throws {
        let test = try makeStore(.refuse)
        let before = replica.syncs.value
        try test.store.write { _ in }
        #expect(replica.syncs.value == before)
    }

    @Test("A transaction that changes nothing waits for replication if it may depend on another process's commit")
    func dependent() throws {
        let test = try makeStore(.refuse)
        let other = try Store(path: test.store.path)
        try other.write { [page = test.page] in try $0.insert(Fixture.incident(1, on: page)) }
        try other.close()
        let before = replica.syncs.value
        try test.store.write { _ in }
        #expect(replica.syncs.value == before + 1)
        try test.store.write { _ in }
        #expect(replica.syncs.value == before + 1)
    }

    @Test("A test write is replicated, so a server is not ready while the replica is away")
    func probe() throws {
        let test = try makeStore(.refuse)
        let outcomes = Shared<[Bool]>([])
        let before = replica.syncs.value
        test.writer.probe { outcome in outcomes.change { $0.append(outcome) } }
        test.writer.waitUntilIdle()
        #expect(replica.syncs.value == before + 1)
        replica.leave()
        test.writer.probe { outcome in outcomes.change { $0.append(outcome) } }
        test.writer.waitUntilIdle()
        #expect(outcomes.value == [true, false])
    }

    @Test("After a restart, a write of unknown fate is not found before it is replicated")
    func restarted() throws {
        let test = try makeStore(.refuse)
        replica.leave()
        #expect(try test.error(1).name == "the write may or may not be stored")
        test.die()
        let next = try Store(path: test.store.path, replication: Replication(replica, onFailure: .refuse))
        #expect(throws: StorageError.uncertain(reason: "replication fails: the replica is away")) {
            // A repeated request finds the first one's answer, and writes nothing.
            try next.write { _ in }
        }
        replica.comeBack()
        try next.close()
    }

    @Test("Without the replica, the fate of a write is unknown, later writes are rejected, and nothing is shown")
    func refuse() throws {
        let test = try makeStore(.refuse)
        replica.leave()
        let isShown = Shared(false)
        let writer = Writer(test.store, publish: { _, _ in { isShown.change { $0 = true } } })
        let outcome = Shared<StorageError?>(nil)
        writer.write(
            { [page = test.page] in try $0.insert(Fixture.incident(1, on: page)) },
            completion: { if case .failure(let error) = $0 { outcome.change { $0 = error as? StorageError } } })
        writer.waitUntilIdle()
        #expect(outcome.value == .uncertain(reason: "replication fails: the replica is away"))
        #expect(!isShown.value)
        #expect(try test.error(2) == .unavailable(reason: "replication fails: the replica is away"))
        #expect(throws: StorageError.self) { try test.store.write { _ in } }
        #expect(test.notices.value == ["unreplicated"])
        #expect(test.store.replicationLag ?? .zero > .zero)
        // Between two attempts, a write does not wait for the replica.
        let syncs = replica.syncs.value
        _ = try test.error(3)
        #expect(replica.syncs.value == syncs)
    }

    @Test("When the replica is back, the write of unknown fate is replicated and shown before any other write")
    func back() throws {
        let test = try makeStore(.refuse)
        replica.leave()
        #expect(try test.error(1).name == "the write may or may not be stored")
        #expect(test.refreshes.value == 0)
        replica.comeBack()
        while test.store.isInDoubt {
            usleep(20_000)
            test.writer.followOthers { Issue.record($0) }
            test.writer.waitUntilIdle()
        }
        #expect(test.refreshes.value == 1)
        #expect(test.notices.value == ["unreplicated", "replicated"])
        #expect(test.store.replicationLag == .zero)
        _ = try test.insert(2).get()
        #expect(try test.numbers() == [1, 2])
    }

    @Test("After a failed fsync, nothing is shown or written until the reopened database is replicated")
    func disk() throws {
        let test = try makeStore(.refuse)
        test.disk.fail(.sync(.log), times: 1)
        replica.leave()
        #expect(try test.error(1).name == "the write may or may not be stored")
        #expect(try test.error(2) == .unavailable(reason: "replication fails: the replica is away"))
        #expect(test.refreshes.value == 0)
        replica.comeBack()
        try test.insertAtLast(3)
        #expect(test.refreshes.value == 1)
        #expect(test.notices.value == ["inDoubt", "unreplicated", "replicated"])
    }

    @Test("A failing disk while the replica is away is noticed, too")
    func diskLater() throws {
        let test = try makeStore(.refuse)
        replica.leave()
        _ = try test.error(1)
        test.store.doubt(DatabaseError(resultCode: .SQLITE_IOERR))
        replica.comeBack()
        try test.insertAtLast(2)
        #expect(test.notices.value == ["unreplicated", "inDoubt", "settled"])
        #expect(try test.numbers() == [1, 2])
    }

    @Test("Another process's commit is shown once it is replicated")
    func others() throws {
        let test = try makeStore(.refuse)
        let follow = {
            test.writer.followOthers { Issue.record($0) }
            test.writer.waitUntilIdle()
        }
        follow()
        let shown = test.refreshes.value
        let other = try Store(path: test.store.path)
        replica.leave()
        try other.write { [page = test.page] in try $0.insert(Fixture.incident(1, on: page)) }
        follow()
        #expect(test.refreshes.value == shown)
        replica.comeBack()
        while test.store.isInDoubt {
            usleep(20_000)
            follow()
        }
        #expect(test.refreshes.value == shown + 1)
        try other.close()
    }

    @Test("With on_failure local, writes are answered without the replica, and do not wait for further attempts")
    func local() throws {
        let test = try makeStore(.local)
        replica.leave()
        _ = try test.insert(1).get()
        #expect(test.notices.value == ["replicationLags"])
        let syncs = replica.syncs.value
        _ = try test.insert(2).get()
        #expect(replica.syncs.value == syncs)
        #expect(test.store.replicationLag ?? .zero > .zero)
        replica.comeBack()
        while test.store.replicationLag != .zero { usleep(20_000) }
        // The notice follows the last attempt.
        while test.notices.value.count < 2 { usleep(1_000) }
        #expect(test.notices.value == ["replicationLags", "replicated"])
        let later = replica.syncs.value
        _ = try test.insert(3).get()
        #expect(replica.syncs.value == later + 1)
    }
}
