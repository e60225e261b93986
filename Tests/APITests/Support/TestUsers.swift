import Accounts
import GRDB
import HTTPTypes
import Publishing
import StatusPages

@testable import Storage
@testable import allclear

extension TestServer {
    /// A person who uses the dashboard.
    struct User {
        let id: ULID
        let name: String

        var actor: AuditActor { AuditActor(kind: .user, id: id, name: name) }
    }

    func makeUser(_ name: String) throws -> User {
        let user = User(id: IDSource().next(), name: name)
        try application.store.pool.write { db in
            try db.execute(
                sql: """
                    INSERT INTO users (id, email, name, role, password, created_at)
                    VALUES (?, ?, ?, 'owner', ?, 0)
                    """,
                arguments: [user.id.description, "\(name)@acme.example", name, PasswordHash.decoy.phc])
        }
        return user
    }

    /// Writes as a user of the dashboard, and shows what changed.
    func write<Result>(as user: User, _ body: (Publishing, WriteTransaction) throws -> Result) throws -> Result {
        let result = try application.store.write(as: user.actor) { try body(application.publishing, $0) }
        try application.writer.refresh(after: nil, application.publisher.refresh)
        return result
    }

    /// The changes of a user, the newest first.
    func auditEvents(of user: User) throws -> [AuditEvent] {
        var filter = AuditFilter()
        filter.actorID = user.id.description
        return try application.store.read { try $0.auditEvents(matching: filter, limit: 1_000) ?? [] }
    }
}
