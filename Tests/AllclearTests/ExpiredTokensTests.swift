import Logging
import ManagementAPI
import Publishing
import StatusPages
import Storage
import Synchronization
import TestSupport
import Testing

@testable import allclear

@Suite("Expired tokens")
struct ExpiredTokensTests {
    private final class Writes: Sendable {
        let count = Atomic(0)
    }

    @Test("Expired tokens are deleted in one write; without any, nothing is written")
    func forgetting() throws {
        let directory = try TemporaryDirectory()
        let store = try Store(path: directory.path + "/test.db")
        let writes = Writes()
        let writer = Writer(
            store, publish: { _, _ in {} }, observe: { writes.count.add($0.writes, ordering: .relaxed) })
        let tokens = ExpiredTokens(store: store, writer: writer, logger: Logger(label: "test"))
        let publishing = Publishing(
            site: { Site(pages: [], serverURL: "") }, now: Clock.now, newID: IDSource().next)
        var (key, _) = try APIKeyMaker(publishing: publishing).make(name: "rotated", roles: [], in: store)
        func forget() -> Int {
            tokens.forget()
            writer.waitUntilIdle()
            return writes.count.exchange(0, ordering: .relaxed)
        }
        #expect(forget() == 0)
        key.tokenIssuedAt = Clock.now()
        // The rotation keeps the old token, but it has expired before the next check.
        let past = Timestamp(milliseconds: key.tokenIssuedAt.milliseconds + 1)
        let hash = try AccessToken.generate().hash
        try store.write { try $0.rotate(key, tokenHash: hash, expiringOthersAt: past) }
        while Clock.now() < past {}
        #expect(forget() == 1)
        #expect(forget() == 0)
        #expect(try store.apiKey(tokenHash: hash, at: Clock.now())?.id == key.id)
    }
}
