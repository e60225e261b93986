import Accounts
import Dashboard
import HTTPTypes
import StatusPages
import Storage
import TestSupport
import Testing

@testable import allclear

@Suite("Use of sessions")
struct SessionUseTests {
    private static let user = User(
        id: ID(ULID(high: 0, low: 1)), email: "ann@example.com", name: "Ann", role: .owner,
        createdAt: Timestamp(milliseconds: 0))

    /// Stores a user with a session that began some milliseconds ago, and was not used since.
    private static func addSession(_ token: SecretToken, begun age: Int64, to server: TestServer) throws {
        let start = Clock.now().advanced(byMilliseconds: -age)
        try server.application.store.write { transaction in
            try transaction.insert(user)
            try transaction.insert(
                Session(token: token, user: user, method: .password, userAgent: "", address: "", at: start))
        }
    }

    @Test("The last use of a session survives a clean stop")
    func lastUse() throws {
        let directory = try TemporaryDirectory()
        let token = try SecretToken.generate()
        let before = try TestServer(directory: directory) { $0.dashboard.allowsHTTP = true }
        try Self.addSession(token, begun: 60_000, to: before)
        let begin = Clock.now()
        let screen = try before.call(
            .get, "/dashboard/account", token: nil, fields: [.cookie: "allclear=\(token.text)"], host: "status.test")
        #expect(screen.status == 200)
        try before.stop()
        let after = try TestServer(directory: directory)
        defer { after.remove() }
        let stored = try #require(try after.application.store.read { try $0.session(hash: token.hash) })
        #expect(stored.0.lastSeenAt >= begin)
    }

    @Test("Sessions are kept as long as the configuration says, also after a reload", arguments: [true, false])
    func retention(isReloaded: Bool) throws {
        let day: Int64 = 86_400_000
        let rules = SessionRules(idle: 60 * day, absolute: 90 * day)
        let token = try SecretToken.generate()
        let server = try TestServer { if !isReloaded { $0.dashboard.sessions = rules } }
        defer { server.remove() }
        try Self.addSession(token, begun: 50 * day, to: server)
        if isReloaded { #expect(server.reload { $0.dashboard.sessions = rules }) }
        func isKept() throws -> Bool {
            server.application.background.accountData.delete(at: Clock.now())
            server.application.writer.waitUntilIdle()
            return try server.application.store.read { try $0.session(hash: token.hash) } != nil
        }
        #expect(try isKept())
        #expect(server.reload { $0.dashboard.sessions = SessionRules() })
        #expect(try !isKept())
    }
}
