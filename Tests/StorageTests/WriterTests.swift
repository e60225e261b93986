import Dispatch
import Foundation
import GRDB
import StatusPages
import TestSupport
import Testing

@testable import Storage

@Suite("Writer")
struct WriterTests {
    struct Refused: Error {}

    let test: TestStore
    let page: ID<StatusPage>
    let log = Shared<[String]>([])

    init() throws {
        test = try TestStore()
        page = try #require(try test.declare(Fixture.page).first).id
    }

    func writer(
        capacity: Int = 1_000, publish: @escaping Writer.Publish = { _, _ in {} },
        refresh: @escaping Writer.Refresh = { _ in {} },
        observe: @escaping @Sendable (Writer.CommitFacts) -> Void = { _ in }
    ) -> Writer { Writer(test.store, capacity: capacity, publish: publish, refresh: refresh, observe: observe) }

    /// Blocks the writer while `body` submits writes, so that these share one commit. Waits until all writes are done.
    func batch(_ writer: Writer, _ body: () -> Void) {
        let gate = DispatchSemaphore(value: 0)
        let isUnderWay = DispatchSemaphore(value: 0)
        writer.write(
            { _ in
                isUnderWay.signal()
                gate.wait()
            }, completion: { _ in })
        isUnderWay.wait()
        body()
        gate.signal()
        writer.waitUntilIdle()
    }

    /// Submits an incident, and records its result.
    func submit(_ number: UInt64, to writer: Writer, failing error: (any Error & Sendable)? = nil) {
        writer.write(
            { [page] transaction in
                try transaction.insert(Fixture.incident(number, on: page))
                if let error { throw error }
                return number
            },
            completion: { [log] result in
                switch result {
                case .success(let number): log.change { $0.append("stored \(number)") }
                case .failure(let error): log.change { $0.append("failed \(number): \(type(of: error))") }
                }
            })
    }

    func storedCount() throws -> Int? { try test.count("incidents") }

    @Test("The public pages are built before the commit and shown before any client gets a response")
    func publication() throws {
        let writer = writer { [log] pages, state in
            let count = try pages.keys.map { try state.ongoingIncidents(of: $0).count }
            log.change { $0.append("made \(count)") }
            return { log.change { $0.append("shown") } }
        }
        batch(writer) {
            submit(1, to: writer)
            submit(2, to: writer, failing: Refused())
            submit(3, to: writer)
        }
        #expect(log.value == ["made [2]", "shown", "stored 1", "failed 2: Refused", "stored 3"])
    }

    @Test("Shown changes are durable: another connection sees them already")
    func durability() throws {
        let store = test.store
        let writer = writer { [log, page] _, _ in
            {
                let count = try? store.read { try $0.ongoingIncidents(of: page).count }
                log.change { $0.append("seen \(count ?? -1)") }
            }
        }
        submit(1, to: writer)
        writer.waitUntilIdle()
        #expect(log.value == ["seen 1", "stored 1"])
    }

    @Test("Nothing is published for writes that change no page, nor for those that fail")
    func nothingToPublish() throws {
        let writer = writer { [log] _, _ in
            log.change { $0.append("made") }
            return {}
        }
        batch(writer) {
            submit(1, to: writer, failing: Refused())
            writer.write({ _ in }, completion: { _ in })
        }
        #expect(log.value == ["failed 1: Refused"])
    }

    @Test("If the public pages cannot be built, nothing is stored, and the next write works")
    func failingPublication() throws {
        let isBroken = Shared(true)
        let writer = writer { [log] _, _ in
            if isBroken.value { throw Refused() }
            return { log.change { $0.append("shown") } }
        }
        batch(writer) {
            submit(1, to: writer)
            submit(2, to: writer, failing: StorageError.inconsistent(reason: "its own"))
            submit(3, to: writer)
        }
        #expect(log.value.count == 3)
        #expect(log.value.allSatisfy { $0.hasPrefix("failed") })
        #expect(try storedCount() == 0)

        isBroken.change { $0 = false }
        submit(4, to: writer)
        writer.waitUntilIdle()
        #expect(log.value.suffix(2) == ["shown", "stored 4"])
        #expect(try storedCount() == 1)
    }

    @Test("A full disk fails the write as unavailable, and a later write that fits is stored")
    func fullDisk() throws {
        let writer = writer()
        let pages = try test.store.pool.write { db in
            let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
            try db.execute(sql: "PRAGMA max_page_count = \(pages)")
            return pages
        }
        let outcome = Shared<StorageError?>(nil)
        writer.write(
            { [page] transaction in
                for number in 1...500 as ClosedRange<UInt64> {
                    try transaction.insert(Fixture.incident(number, on: page))
                }
            },
            completion: { result in
                if case .failure(let error) = result { outcome.change { $0 = error as? StorageError } }
            })
        writer.waitUntilIdle()
        guard case .unavailable(let reason)? = outcome.value else {
            Issue.record("\(String(describing: outcome.value)) does not say that the database is unavailable")
            return
        }
        #expect(reason.hasPrefix("the disk is full; free some space"))
        #expect(try storedCount() == 0)
        try test.store.pool.write { try $0.execute(sql: "PRAGMA max_page_count = \(pages + 10_000)") }
        submit(1_000, to: writer)
        writer.waitUntilIdle()
        #expect(log.value == ["stored 1000"])
    }

    @Test("A probe tests whether the disk accepts a commit, and is not counted as a write")
    func probe() throws {
        let commits = Shared(0)
        let writer = writer(observe: { _ in commits.change { $0 += 1 } })
        let outcomes = Shared<[Bool]>([])
        func probe() {
            writer.probe { isWritten in outcomes.change { $0.append(isWritten) } }
            writer.waitUntilIdle()
        }
        probe()
        try FileManager.default.moveItem(atPath: test.store.path, toPath: test.store.path + ".moved")
        probe()
        try FileManager.default.moveItem(atPath: test.store.path + ".moved", toPath: test.store.path)
        probe()
        #expect(outcomes.value == [true, false, true])
        #expect(commits.value == 0)
    }

    @Test("Nothing is written to a moved or deleted file, because the next start would not find it")
    func movedFile() throws {
        let writer = writer()
        func store(_ number: UInt64) {
            submit(number, to: writer)
            writer.waitUntilIdle()
        }
        try FileManager.default.moveItem(atPath: test.store.path, toPath: test.store.path + ".moved")
        store(1)
        #expect(FileManager.default.createFile(atPath: test.store.path, contents: nil))
        store(2)
        try FileManager.default.removeItem(atPath: test.store.path)
        try FileManager.default.moveItem(atPath: test.store.path + ".moved", toPath: test.store.path)
        store(3)
        #expect(log.value == ["failed 1: StorageError", "failed 2: StorageError", "stored 3"])
        #expect(try storedCount() == 1)
    }

    @Test("Another process's changes are shown once, and are not confused with this process's writes")
    func others() throws {
        let looks = Shared(0)
        let writer = writer(refresh: { _ in { looks.change { $0 += 1 } } })
        func look() -> Int {
            writer.followOthers { Issue.record($0) }
            writer.waitUntilIdle()
            return looks.value
        }
        // The first call always shows the current state.
        #expect(look() == 1)
        #expect(look() == 1)
        submit(1, to: writer)
        writer.waitUntilIdle()
        #expect(look() == 1)
        let other = try Store(path: test.directory.file("test.db"))
        try other.write { try $0.insert(Fixture.incident(2, on: page)) }
        submit(3, to: writer)
        writer.waitUntilIdle()
        #expect(look() == 2)
        #expect(look() == 2)
        try other.close()
    }

    @Test("Showing another process's writes is retried after a failure")
    func othersRetried() throws {
        let failures = Shared(0)
        let looks = Shared(0)
        let isBroken = Shared(true)
        let writer = writer(refresh: { _ in
            if isBroken.value { throw Refused() }
            return { looks.change { $0 += 1 } }
        })
        for broken in [true, true, false, false] {
            isBroken.change { $0 = broken }
            writer.followOthers { _ in failures.change { $0 += 1 } }
            writer.waitUntilIdle()
        }
        #expect(failures.value == 2)
        #expect(looks.value == 1)
    }

    @Test("A refresh rebuilds all pages, after the writes that came before it")
    func refresh() throws {
        let writer = writer()
        let shown = Shared<[Int]>([])
        let number = try #require(try storedCount())
        batch(writer) { submit(1, to: writer) }
        try writer.refresh(
            after: { [page] in try $0.insert(Fixture.incident(2, on: page)) },
            { state in
                let count = try state.ongoingIncidents(of: page).count
                return { shown.change { $0.append(count) } }
            })
        #expect(shown.value == [number + 2])
        // A refresh without a write rebuilds all pages, too.
        try writer.refresh(after: nil) { state in
            let count = try state.ongoingIncidents(of: page).count
            return { shown.change { $0.append(-count) } }
        }
        #expect(shown.value == [number + 2, -number - 2])
    }

    @Test("A refresh that cannot be shown is not stored, and a refresh whose write fails is not shown")
    func refreshFails() throws {
        let writer = writer()
        let shown = Shared(0)
        #expect(throws: Refused.self) {
            try writer.refresh(
                after: { [page] in try $0.insert(Fixture.incident(1, on: page)) },
                { _ in throw Refused()
                })
        }
        #expect(try storedCount() == 0)
        #expect(throws: Refused.self) {
            try writer.refresh(after: { _ in throw Refused() }, { _ in { shown.change { $0 += 1 } } })
        }
        #expect(shown.value == 0)
        submit(2, to: writer)
        writer.waitUntilIdle()
        #expect(log.value == ["stored 2"])
    }

    @Test("The limit of waiting writes can change")
    func capacityChanges() {
        let writer = writer(capacity: 1)
        batch(writer) {
            submit(1, to: writer)
            submit(2, to: writer)
            writer.setCapacity(2)
            submit(3, to: writer)
            writer.setCapacity(1)
            submit(4, to: writer)
        }
        #expect(log.value == ["failed 2: StorageError", "failed 4: StorageError", "stored 1", "stored 3"])
    }
}
