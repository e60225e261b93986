import Logging
import StatusPages
import Storage
import TestSupport
import Testing

@testable import allclear

@Suite("Outdated events of the audit log")
struct AuditRetentionTests {
    private static let day: Int64 = 86_400_000

    private let directory: TemporaryDirectory
    private let store: Store
    private let writer: Writer

    init() throws {
        directory = try TemporaryDirectory()
        store = try Store(path: directory.file("test.db"))
        writer = Writer(store, publish: { _, _ in {} })
    }

    /// The ages in days of the events that stay.
    private func ages(after retention: AuditRetention, from now: Timestamp) throws -> [Int64] {
        retention.enforce()
        // After deleting as many events as one write may, the server starts another write.
        for _ in 0..<10 { writer.waitUntilIdle() }
        return try store.read { try $0.auditEvents(matching: AuditFilter(), limit: 10_000) ?? [] }
            .map { (now.milliseconds - $0.at.milliseconds) / Self.day }
    }

    @Test("Events are deleted after keep_days, however many they are; 0 keeps all")
    func retention() throws {
        let now = Clock.now()
        try store.write(as: .clock) { transaction in
            for age in [Int64](repeating: 800, count: 1_201) + [729, 3, 0] {
                let time = now.advanced(byMilliseconds: -age * Self.day)
                try transaction.audit(.paused, .sending, page: nil, at: time)
            }
        }
        let problems = ProblemLog(logger: Logger(label: "test"))
        let retention = AuditRetention(store: store, writer: writer, keepDays: 0, problems: problems)
        #expect(try ages(after: retention, from: now).count == 1_204)
        retention.use(keepDays: 730)
        #expect(try ages(after: retention, from: now) == [0, 3, 729])
        retention.use(keepDays: 2)
        #expect(try ages(after: retention, from: now) == [0])
        try store.close()
    }
}
