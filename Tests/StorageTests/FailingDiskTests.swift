import Dispatch
import GRDB
import Glibc
import StatusPages
import TestSupport
import Testing

@testable import Storage

/// Writes while the disk fails under SQLite.
@Suite("A disk that fails", .timeLimit(.patientMinutes(5)))
struct FailingDiskTests {
    private static let faults: [FaultyDisk.Fault] = [
        .write(.log), .full(.log), .sync(.log), .write(.both), .sync(.both),
    ]

    @Test(
        "On a failing disk writes fail and reads continue; writes continue when the disk works again", arguments: faults
    )
    func writes(fault: FaultyDisk.Fault) throws {
        let test = try FaultyStore()
        _ = try test.insert(1).get()
        test.disk.fail(fault)
        for number in 2...4 as ClosedRange<UInt64> {
            let error = try test.error(number)
            switch error {
            case .unavailable, .uncertain: break
            default: Issue.record("\(error)")
            }
            #expect(try test.numbers() == [1])
        }
        #expect(test.disk.heal() > 0)
        try test.insertAtLast(5)
        try test.insertAtLast(6)
        let there = try test.numbers()
        #expect(there.isSuperset(of: [1, 5, 6]))
        try FaultyStore.check(test.store)
        for seed in 0..<8 as Range<UInt32> { #expect(try test.numbersAfterLossOfPower(seed: seed) == there) }
    }

    @Test(
        "After a failed fsync, nothing is written until it is known whether the write was stored",
        arguments: Checkpoints.allCases)
    func failedSync(checkpoints: Checkpoints) throws {
        let test = try FaultyStore(checkpoints: checkpoints)
        _ = try test.insert(1).get()
        test.disk.fail(.sync(.log), times: 1)
        guard case .uncertain = try test.error(2) else {
            Issue.record("a commit that may be stored is reported as not stored")
            return
        }
        #expect(test.store.isInDoubt)
        // A program that copies the WAL must not find a commit there that other readers do not see.
        #expect(try test.numbers() == (checkpoints == .external ? [1, 2] : [1]))
        #expect(throws: StorageError.self) { try test.store.write { _ in } }
        // The disk works again. The next write first opens the database and rebuilds the public view.
        #expect(test.refreshes.value == 0)
        _ = try test.insert(3).get()
        #expect(test.refreshes.value == 1)
        let notices = checkpoints == .external ? ["checkpointsExternal"] : []
        #expect(test.notices.value == notices + ["inDoubt", "settled"])
        let there = try test.numbers()
        #expect(there.isSuperset(of: [1, 3]))
        for seed in 0..<16 as Range<UInt32> { #expect(try test.numbersAfterLossOfPower(seed: seed) == there) }
    }

    @Test("While the disk fails, each reason is reported once a minute")
    func reports() {
        let start = ContinuousClock.now
        var doubt = Doubt(reason: "it fails", at: start)
        func isNews(_ reason: String, after seconds: Int) -> Bool {
            doubt.isNews(reason, at: start + .seconds(seconds))
        }
        #expect(!isNews("it fails", after: 2))
        #expect(isNews("it is full", after: 4))
        #expect(!isNews("it fails", after: 6))
        #expect(!isNews("it is full", after: 59))
        #expect(isNews("it fails", after: 60))
        #expect(!isNews("it fails", after: 62))
    }

    @Test("Without a write, the check for other processes' changes reopens the database")
    func look() throws {
        let test = try FaultyStore()
        test.disk.fail(.sync(.log), times: 1)
        _ = test.insert(1)
        test.writer.followOthers { Issue.record($0) }
        test.writer.waitUntilIdle()
        #expect(!test.store.isInDoubt)
        #expect(test.refreshes.value == 1)
    }

    @Test("If the public pages cannot be read again, nothing is written")
    func failedRefresh() throws {
        let test = try FaultyStore()
        let isBroken = Shared(true)
        let writer = Writer(
            test.store, publish: { _, _ in {} },
            refresh: { _ in
                if isBroken.value { throw StorageError.inconsistent(reason: "the test's own") }
                return {}
            })
        test.disk.fail(.sync(.log), times: 1)
        _ = test.insert(1)
        let outcomes = Shared<[Bool]>([])
        for broken in [true, true, false] {
            isBroken.change { $0 = broken }
            while !outcomes.value.contains(true) {
                writer.write(
                    { _ in }, completion: { result in outcomes.change { $0.append((try? result.get()) != nil) } })
                writer.waitUntilIdle()
                if broken { break }
                usleep(50_000)
            }
        }
        #expect(outcomes.value.prefix(2) == [false, false])
        #expect(outcomes.value.last == true)
    }

    @Test("A full disk leaves no write uncertain")
    func full() throws {
        let test = try FaultyStore()
        test.disk.fail(.full(.log))
        guard case .unavailable = try test.error(1) else {
            Issue.record("a commit that is not stored is reported as uncertain")
            return
        }
        #expect(!test.store.isInDoubt)
        test.disk.heal()
        _ = try test.insert(2).get()
        #expect(try test.numbers() == [2])
        #expect(test.notices.value.isEmpty)
    }

    @Test("A failed checkpoint makes the server reopen the database, and no write is lost")
    func failedCheckpoint() throws {
        for fault in [FaultyDisk.Fault.sync(.database), .write(.database)] {
            let test = try FaultyStore(logLimits: LogKeeper.Limits(checkpoint: 10, restart: 40))
            test.disk.fail(fault)
            _ = try test.insert(1).get()
            // Waits for the checkpoint.
            test.writer.waitUntilIdle()
            #expect(test.store.isInDoubt)
            #expect(test.disk.heal() > 0)
            try test.insertAtLast(2)
            test.writer.waitUntilIdle()
            #expect(try test.numbers() == [1, 2])
            for seed in 0..<8 as Range<UInt32> { #expect(try test.numbersAfterLossOfPower(seed: seed) == [1, 2]) }
        }
    }

    @Test("After a failed fsync, a checkpoint is repeated", arguments: 0..<8 as Range<UInt32>)
    func halfCheckpoint(seed: UInt32) throws {
        let test = try FaultyStore(logLimits: LogKeeper.Limits(checkpoint: 1_000_000, restart: 1_000_000))
        for number in 1...5 as ClosedRange<UInt64> { _ = try test.insert(number).get() }
        // A reader keeps the newer half in the WAL. A checkpoint that does not reach the end of the WAL does not sync.
        let pool = try test.store.pool
        try pool.read { db in
            #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM incidents") == 5)
            for number in 6...10 as ClosedRange<UInt64> { _ = try test.insert(number).get() }
            let (length, done) = try pool.writeWithoutTransaction { try $0.checkpoint(.passive) }
            #expect(0 < done && done < length)
        }
        test.disk.fail(.sync(.database), times: 1)
        #expect(throws: DatabaseError.self) { try test.store.withWriter { _ = try $0.checkpoint(.passive) } }
        #expect(test.store.isInDoubt)
        _ = try test.insert(11).get()
        #expect(try test.numbersAfterLossOfPower(seed: seed) == Set(1...11))
    }

    @Test("After a failed fsync and a crash, the next process does not trust the WAL", arguments: Checkpoints.allCases)
    func successor(checkpoints: Checkpoints) throws {
        for seed in 0..<8 as Range<UInt32> {
            let disk = try FaultyDisk()
            let dead = try FaultyStore(on: disk, checkpoints: checkpoints)
            _ = try dead.insert(1).get()
            disk.fail(.sync(.log), times: 1)
            _ = dead.insert(2)
            // The store is not closed: the successor finds the WAL as the killed process left it in the kernel's
            // memory.
            dead.die()
            let successor = try FaultyStore(on: disk, checkpoints: checkpoints)
            _ = try successor.insert(3).get()
            let there = try successor.numbers()
            #expect(there.isSuperset(of: [1, 3]))
            #expect(try successor.numbersAfterLossOfPower(seed: seed) == there)
        }
    }

    @Test("Readers do not notice that the database is reopened")
    func readers() throws {
        let test = try FaultyStore()
        _ = try test.insert(1).get()
        let isOver = Shared(false)
        let failures = Shared<[String]>([])
        let reads = Shared(0)
        let group = DispatchGroup()
        for _ in 0..<3 {
            // A separate queue gets its own thread, even if the global queue has few threads.
            DispatchQueue(label: "reader").async(group: group) {
                while !isOver.value {
                    do {
                        let count = try test.store.read { try $0.ongoingIncidents(of: test.page).count }
                        if count < 1 { failures.change { $0.append("\(count)") } }
                        reads.change { $0 += 1 }
                    } catch {
                        failures.change { $0.append("\(error)") }
                    }
                }
            }
        }
        while reads.value == 0, failures.value.isEmpty { usleep(1_000) }
        for number in 2...20 as ClosedRange<UInt64> {
            test.disk.fail(.sync(.log), times: 1)
            _ = test.insert(number)
            #expect(test.store.isInDoubt)
            try test.insertAtLast(100 + number)
        }
        isOver.change { $0 = true }
        group.wait()
        #expect(failures.value == [])
        #expect(reads.value > 0)
    }

    @Test(
        "Acknowledged writes survive any failure and power loss", arguments: 0..<40 as Range<UInt64>,
        Checkpoints.allCases)
    func chaos(seed: UInt64, checkpoints: Checkpoints) throws {
        var random = SeededGenerator(seed: seed)
        let faults = Self.faults + [.sync(.database), .write(.database), .read(.log), .read(.database), .index]
        let limits = LogKeeper.Limits(checkpoint: 30, restart: 60)
        var test = try FaultyStore(checkpoints: checkpoints, logLimits: limits)
        var acknowledged: Set<UInt64> = []
        for number in 1...60 as ClosedRange<UInt64> {
            switch Int.random(in: 0..<10, using: &random) {
            case 0...2:
                let fault = faults.randomElement(using: &random) ?? .sync(.log)
                test.disk.fail(
                    fault, after: Int.random(in: 0..<20, using: &random), times: Int.random(in: 1..<4, using: &random))
            case 3: test.disk.heal()
            case 4:
                // The process dies, and another takes its place.
                test.disk.heal()
                test.die()
                test = try FaultyStore(on: test.disk, checkpoints: checkpoints, logLimits: limits)
            default: break
            }
            if case .success = test.insert(number) { acknowledged.insert(number) }
            if Int.random(in: 0..<4, using: &random) == 0 {
                test.writer.followOthers { _ in }
                test.writer.waitUntilIdle()
            }
            if number.isMultiple(of: 6) {
                let left = try test.numbersAfterLossOfPower(seed: UInt32.random(in: 0...UInt32.max, using: &random))
                #expect(left.isSuperset(of: acknowledged), "seed \(seed), number \(number)")
            }
        }
        test.disk.heal()
        try test.insertAtLast(1_000)
        let there = try test.numbers()
        #expect(there.isSuperset(of: acknowledged))
        #expect(try test.numbersAfterLossOfPower(seed: 1) == there)
        #expect(!acknowledged.isEmpty)
    }
}
