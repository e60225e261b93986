import Foundation
import Synchronization
import TestSupport
import Testing

@testable import allclear

@Suite("Files that programs close", .timeLimit(.patientMinutes(2)))
struct ClosingWatchTests {
    private final class Calls: Sendable {
        let count = Atomic(0)
        private let happened = DispatchSemaphore(value: 0)

        func note() {
            count.add(1, ordering: .sequentiallyConsistent)
            happened.signal()
        }

        func wait() -> Bool { happened.wait(timeout: .now() + 20) == .success }
    }

    private let directory: TemporaryDirectory
    private let calls = Calls()

    init() throws { directory = try TemporaryDirectory() }

    private func watch() -> ClosingWatch {
        ClosingWatch("test", path: directory.file("wal")) { [calls] in calls.note() }
    }

    @Test("A file that was open for writing is noticed when it is closed, and not before")
    func closing() throws {
        let path = try directory.write("", to: "wal")
        let watch = watch()
        watch.start()
        let file = try #require(fopen(path, "r+"))
        for _ in 0..<10 {
            fputs("frame", file)
            fflush(file)
        }
        let reader = try #require(fopen(path, "r"))
        fclose(reader)
        // `stop` waits for a call in progress, so there are no calls after it.
        watch.stop()
        #expect(calls.count.load(ordering: .sequentiallyConsistent) == 0)
        watch.start()
        fclose(file)
        #expect(calls.wait())
        watch.stop()
    }

    @Test("A file that is created later, or replaces another, is watched after the next renewal")
    func renewal() throws {
        let watch = watch()
        watch.start()
        for _ in 0..<2 {
            _ = try directory.write("", to: "wal")
            watch.renew()
            fclose(try #require(fopen(directory.file("wal"), "a")))
            #expect(calls.wait())
            try FileManager.default.removeItem(atPath: directory.file("wal"))
        }
        watch.stop()
        _ = try directory.write("", to: "wal")
        watch.renew()
        let count = calls.count.load(ordering: .sequentiallyConsistent)
        fclose(try #require(fopen(directory.file("wal"), "a")))
        watch.stop()
        #expect(calls.count.load(ordering: .sequentiallyConsistent) == count)
    }
}
