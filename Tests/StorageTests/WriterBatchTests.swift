import Dispatch
import Foundation
import GRDB
import StatusPages
import Testing

@testable import Storage

/// How writes share a commit, and what they see of each other.
extension WriterTests {
    @Test("Only writes over the limit are rejected, and at once")
    func capacity() throws {
        let writer = writer(capacity: 2)
        batch(writer) {
            for number in 1...3 as ClosedRange<UInt64> { submit(number, to: writer) }
            #expect(log.value == ["failed 3: StorageError"])
            #expect(writer.refusedCount == 1)
        }
        #expect(log.value == ["failed 3: StorageError", "stored 1", "stored 2"])
    }

    @Test("Many writes from many threads are all stored, each completed once")
    func concurrency() async throws {
        let writer = writer()
        let results = await withTaskGroup(of: UInt64?.self) { group in
            for number in 1...400 as ClosedRange<UInt64> {
                group.addTask { [page] in
                    await withCheckedContinuation { continuation in
                        writer.write(
                            { try $0.insert(Fixture.incident(number, on: page)) },
                            completion: { continuation.resume(returning: (try? $0.get()).map { number }) })
                    }
                }
            }
            return await group.reduce(into: [UInt64?]()) { $0.append($1) }
        }
        #expect(Set(results) == Set((1...400).map { $0 }))
        #expect(results.count == 400)
        #expect(try storedCount() == 400)
    }

    @Test("Writes are done in the order of submission, even over several commits")
    func order() throws {
        let writer = writer()
        batch(writer) { for number in 1...300 as ClosedRange<UInt64> { submit(number, to: writer) } }
        #expect(log.value == (1...300).map { "stored \($0)" })
        #expect(try storedCount() == 300)
    }

    @Test("Writes that arrive during a batch join it, up to 128")
    func joining() throws {
        let sizes = Shared<[Int]>([])
        let writer = writer(observe: { facts in sizes.change { $0.append(facts.writes) } })
        batch(writer) { for number in 1...200 as ClosedRange<UInt64> { submit(number, to: writer) } }
        #expect(sizes.value == [128, 73])
        #expect(try storedCount() == 200)
    }

    @Test("A caller that can wait runs its write itself if no other write waits; otherwise the write joins the batch")
    func waiting() throws {
        let writer = writer()
        let write = { [log] (text: String) in
            writer.write(
                { _ in text }, mayWait: true,
                completion: { result in log.change { $0.append((try? result.get()) ?? "-") }
                })
        }
        write("alone")
        #expect(log.value == ["alone"])
        batch(writer) {
            write("behind another")
            #expect(log.value == ["alone"])
        }
        #expect(log.value == ["alone", "behind another"])
    }

    @Test("A completion handler can write")
    func writingFromCompletion() {
        let writer = writer()
        writer.write(
            { _ in }, mayWait: true,
            completion: { [log] _ in
                writer.write({ _ in }, mayWait: true, completion: { _ in log.change { $0.append("second") } })
                log.change { $0.append("first") }
            })
        writer.waitUntilIdle()
        #expect(log.value == ["first", "second"])
    }

    @Test("A rejected write undoes only itself")
    func refusal() throws {
        let writer = writer()
        batch(writer) {
            submit(1, to: writer)
            submit(2, to: writer, failing: Refused())
            submit(3, to: writer)
        }
        #expect(log.value == ["stored 1", "failed 2: Refused", "stored 3"])
        #expect(try test.store.read { try $0.incidents(of: page, limit: 10) }?.map(\.id) == [id(3), id(1)])
    }

    @Test("A write that SQLite rejects undoes only itself")
    func constraint() throws {
        let writer = writer()
        batch(writer) {
            submit(1, to: writer)
            submit(1, to: writer)
            submit(2, to: writer)
        }
        #expect(log.value == ["stored 1", "failed 1: StorageError", "stored 2"])
        #expect(try storedCount() == 2)
    }

    @Test("A write sees those before it in its commit")
    func visibility() throws {
        let writer = writer()
        batch(writer) {
            submit(1, to: writer)
            writer.write(
                { try $0.reading.incident(id(1)) != nil },
                completion: { [log] result in log.change { $0.append("seen \((try? result.get()) ?? false)") } })
        }
        #expect(log.value == ["stored 1", "seen true"])
    }

    @Test("A large write needs no file besides those of the database")
    func noTemporaryFiles() throws {
        let response = IdempotentResponse(status: 201, body: Array(repeating: 1, count: 400_000), requestHash: nil)
        let scope = IdempotencyScope(page: page, kind: .incident, key: "k")
        try test.store.write { try $0.remember(response, for: scope, at: second(0)) }
        writer().write(
            { [log] transaction in
                // The savepoint needs more undo data for this than SQLite keeps in memory by default.
                try transaction.db.execute(sql: "UPDATE idempotent_responses SET body = zeroblob(400000)")
                log.change { $0 += Self.openFiles().filter { $0.contains("etilqs") } }
            },
            mayWait: true, completion: { _ in })
        #expect(log.value == [])
    }

    /// The paths of the files that this process has open, including deleted ones.
    private static func openFiles() -> [String] {
        let folder = "/proc/self/fd/"
        let descriptors = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return descriptors.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: folder + $0) }
    }
}
