import Accounts
import Locking
import StatusPages
import Storage
import TestSupport
import Testing

@testable import Publishing

/// A moment, in seconds after an arbitrary start.
func second(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: 1_767_225_600_000 + seconds * 1_000) }

/// A database for one test, with the use cases and a clock that only the test moves.
final class TestAccounts: Sendable {
    let store: Store
    let publishing: Publishing
    private let directory: TemporaryDirectory
    private let sources = Sources()

    private final class Sources: Sendable {
        let time = Locked(second(0))
        let number = Locked<UInt64>(0)
    }

    init() throws {
        directory = try TemporaryDirectory()
        store = try Store(path: directory.file("test.db"))
        publishing = Publishing(
            site: { Site(pages: [], serverURL: "https://status.example") },
            now: { [sources] in sources.time.withLock { $0 } },
            newID: { [sources] in
                sources.number.withLock { number in
                    number += 1
                    return ULID(high: 0, low: number)
                }
            })
    }

    deinit { try? store.close() }

    func set(_ time: Timestamp) { sources.time.withLock { $0 = time } }

    func read<Result>(_ body: (ReadTransaction) throws -> Result) throws -> Result { try store.read(body) }

    /// Runs a use case for a user, or else for the command line.
    @discardableResult
    func write<Result>(as user: User? = nil, _ body: (Publishing, WriteTransaction) throws -> Result) throws -> Result {
        let actor =
            user.map { AuditActor.user($0, requestID: "r1", address: "192.0.2.1") }
            ?? AuditActor(kind: .commandLine, name: "root")
        return try store.write(as: actor) { try body(publishing, $0) }
    }

    /// Runs a use case for somebody who is not logged in.
    @discardableResult
    func visit<Result>(_ body: (Publishing, WriteTransaction) throws -> Result) throws -> Result {
        let guest = AuditActor(kind: .user, name: "guest", requestID: "r2", address: "192.0.2.2")
        return try store.write(as: guest) { try body(publishing, $0) }
    }

    func add(_ name: String, _ role: User.Role) throws -> User {
        try write { publishing, transaction in
            try publishing.makeUser(
                email: "\(name.lowercased())@example.com", name: name, role: role, passwordHash: somePassword,
                in: transaction)
        }
    }

    func logIn(_ user: User, codeOf step: Int64? = nil) throws -> (session: Session, token: SecretToken) {
        try visit { publishing, transaction in
            try publishing.logIn(
                user.id, by: step == nil ? .password : .totp, codeOf: step, userAgent: "Firefox", address: "192.0.2.2",
                in: transaction)
        }
    }

    func user(_ user: User) throws -> User { try read { try publishing.find(user.id, in: $0) } }

    func sessions(of user: User) throws -> [Session] { try read { try $0.sessions(of: user.id) } }

    /// The newest event of the audit log.
    func lastEvent() throws -> AuditEvent {
        try #require(try read { try $0.auditEvents(matching: AuditFilter(), limit: 1) }?.first)
    }

    func eventCount() throws -> Int {
        try read { try $0.auditEvents(matching: AuditFilter(), limit: 1_000) }?.count ?? 0
    }
}

let somePassword = PasswordHash.decoy
let otherPassword = PasswordHash(phc: "$scrypt$ln=1,r=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$BBBBBBBBBBBBBBBBBBBBBA") ?? .decoy
let secret = [UInt8](repeating: 7, count: 20)
