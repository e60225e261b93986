import Accounts
import Logging
import StatusPages
import Storage
import Synchronization
import TestSupport
import Testing

@testable import allclear

@Suite("Outdated data of users")
struct OutdatedAccountDataTests {
    private final class Writes: Sendable {
        let count = Atomic(0)
    }

    @Test("Expired links and sessions are deleted in one write; without any, nothing is written")
    func deleting() throws {
        let directory = try TemporaryDirectory()
        let store = try Store(path: directory.file("test.db"))
        let writes = Writes()
        let writer = Writer(
            store, publish: { _, _ in {} }, observe: { writes.count.add($0.writes, ordering: .relaxed) })
        let start = Timestamp(milliseconds: 1_767_225_600_000)
        let user = User(
            id: ID(ULID(high: 0, low: 1)), email: "ann@example.com", name: "Ann", role: .owner, createdAt: start)
        let token = try SecretToken.generate()
        let session = Session(token: token, user: user, method: .password, userAgent: "", address: "", at: start)
        let link = AccountLink(token: token, for: .reset(user.id), by: nil, at: start)
        try store.write { transaction in
            try transaction.insert(user)
            try transaction.insert(session)
            try transaction.insert(link)
        }
        let data = OutdatedAccountData(
            store: store, writer: writer, rules: { SessionRules(idle: 10_000_000, absolute: 20_000_000) },
            problems: ProblemLog(logger: Logger(label: "test")))
        /// The number of writes, and what is left of the link and the session.
        func delete(after milliseconds: Int64) throws -> [Int] {
            data.delete(at: start.advanced(byMilliseconds: milliseconds))
            writer.waitUntilIdle()
            return try store.read { transaction in
                [
                    writes.count.exchange(0, ordering: .relaxed),
                    try transaction.accountLink(hash: token.hash) == nil ? 0 : 1,
                    try transaction.sessions(of: user.id).count,
                ]
            }
        }
        #expect(try delete(after: 3_600_000) == [0, 1, 1])
        #expect(try delete(after: 3_600_001) == [1, 0, 1])
        // An unused session stays an hour longer, because its last use may not be stored yet.
        #expect(try delete(after: 13_600_000) == [0, 0, 1])
        #expect(try delete(after: 13_600_001) == [1, 0, 0])
        try store.write { try $0.insert(session) }
        try store.write { try $0.recordUses([session.hash: start.advanced(byMilliseconds: 19_000_000)]) }
        #expect(try delete(after: 20_000_000) == [0, 0, 1])
        #expect(try delete(after: 20_000_001) == [1, 0, 0])
    }
}
