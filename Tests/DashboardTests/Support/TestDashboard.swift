import Accounts
import Cryptography
import Foundation
import HTTPServer
import HTTPTypes
import Locking
import Notifications
import Publishing
import StatusPages
import Storage
import TestSupport
import Testing

@testable import Dashboard

/// The real dashboard on a separate database, with a clock that the test sets.
final class TestDashboard: Sendable {
    static let password = "four correct horses"
    static let host = "status.test"

    let dashboard: Dashboard
    let store: Store
    let writer: Writer
    let publishing: Publishing
    let log = RecordedLog()
    /// The emails that were sent.
    let mails = SentMails()
    let ids = TestIDs()
    /// Shows the pages of the database.
    let refresh: @Sendable (ReadTransaction) throws -> @Sendable () -> Void
    private let directory: TemporaryDirectory
    /// Called when the dashboard has a request, before the test waits for the answer.
    private let whileWaiting = Locked<(@Sendable () -> Void)?>(nil)
    private let users = Locked<[User.Role: User]>([:])

    /// - Parameters:
    ///   - pages: the pages that the configuration declares.
    ///   - made: the slugs of pages that the dashboard made.
    ///   - publicURL: decides whether cookies are secure.
    init(
        pages: [PageDeclaration] = [.acme], made: [String] = ["made"], publicURL: String = "https://status.test",
        reservedWords: Set<String> = [], configure: (inout DashboardSettings) -> Void = { _ in }
    ) throws {
        directory = try TemporaryDirectory()
        let store = try Store(path: directory.file("test.db"))
        self.store = store
        let site = Holder(Site(pages: [], serverURL: publicURL))
        let refresh: @Sendable (ReadTransaction) throws -> @Sendable () -> Void = { transaction in
            let new = Site(pages: try transaction.pages(), serverURL: publicURL)
            return { site.value.withLock { $0 = new } }
        }
        self.refresh = refresh
        writer = Writer(store, publish: { try refresh($1) }, refresh: refresh)
        let ids = ids
        publishing = Publishing(
            site: { site.value.withLock { $0 } }, reservedWords: reservedWords, now: ids.now, newID: ids.next)
        var settings = DashboardSettings()
        configure(&settings)
        dashboard = Dashboard(
            settings, publishing: publishing, store: store, writer: writer, uses: SessionUses(),
            operations: .test(mails: mails), logger: log.logger, now: ids.now, newID: ids.next)
        try store.write(as: .configuration) { transaction in
            _ = try publishing.apply(pages, allowsArchiving: false, in: transaction)
            for slug in made {
                _ = try publishing.createPage(slug: slug, name: slug.capitalized, kind: .public, in: transaction)
            }
        }
        try store.read(refresh)()
    }

    /// The page with a slug.
    func page(_ slug: String) throws -> StatusPage {
        try #require(publishing.site.pages.first { $0.slug == slug })
    }

    /// A user with a role, made on first use. Users share one password hash, because computing it takes a while.
    func user(_ role: User.Role) throws -> User {
        if let known = users.withLock({ $0[role] }) { return known }
        let user = try makeUser(role, "\(role.rawValue)@acme.example")
        users.withLock { $0[role] = user }
        return user
    }

    func makeUser(_ role: User.Role, _ email: String, name: String? = nil, hasPassword: Bool = true) throws -> User {
        try store.write(as: .test) { transaction in
            try publishing.makeUser(
                email: email, name: name ?? role.title, role: role,
                passwordHash: hasPassword ? try Self.passwordHash.get() : nil, in: transaction)
        }
    }

    private static let passwordHash = Result { try PasswordHash.make(password) }

    /// A browser without a session.
    func visitor(from address: String = "192.0.2.1") -> Browser { Browser(self, address: address) }

    /// A browser in which a user is logged in.
    func browser(_ role: User.Role) throws -> Browser { try browser(try user(role)) }

    func browser(_ user: User, address: String = "192.0.2.1", by method: Session.Method = .password) throws -> Browser {
        let (_, token) = try store.write(as: .user(user, requestID: nil, address: address)) { transaction in
            try publishing.logIn(user.id, by: method, userAgent: "Test", address: address, in: transaction)
        }
        let browser = Browser(self, address: address)
        browser.keep(Cookie(purpose: .session, isSecure: isSecure).setting(token.text, for: 60))
        return browser
    }

    var isSecure: Bool { publishing.site.serverURL.hasPrefix("https:") }

    func answer(_ request: Request) throws -> Response {
        let answer = Answer()
        dashboard.handle(request, requestID: ids.next().description) { answer.set($0) }
        whileWaiting.withLock { $0 }?()
        return try #require(answer.wait(), "there is no answer")
    }

    /// Sends a request while `write` is not committed yet. So the request reads the state before `write`, and its own
    /// write comes after it. The request must not need the password queue.
    func race(
        _ write: @escaping @Sendable (WriteTransaction) throws -> Void, against send: () throws -> TestPage
    ) throws -> TestPage {
        let (begun, mayEnd) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        writer.write(
            as: .test,
            { transaction in
                try write(transaction)
                begun.signal()
                _ = mayEnd.wait(timeout: .now() + 20)
            }, completion: { (_: Result<Void, any Error>) in })
        try #require(begun.wait(timeout: .now() + 20) == .success)
        whileWaiting.withLock { $0 = { mayEnd.signal() } }
        defer { whileWaiting.withLock { $0 = nil } }
        return try send()
    }

    /// The audit log's entries about a kind of subject, oldest first, as `action name`.
    func audited(_ kind: AuditSubject.Kind) throws -> [String] {
        var filter = AuditFilter()
        filter.showsInternalPages = true
        return try store.read { [filter] in (try $0.auditEvents(matching: filter, limit: 1_000) ?? []) }.filter {
            $0.subject.kind == kind
        }
        .reversed().map { "\($0.action.rawValue) \($0.subject.name)" }
    }

    /// The pages, for several closures.
    private final class Holder: Sendable {
        let value: Locked<Site>
        init(_ site: Site) { value = Locked(site) }
    }
}

/// Waits for an answer from another thread.
private final class Answer: @unchecked Sendable {
    // The semaphore orders the write before the read.
    private var response: Response?
    private let isSet = DispatchSemaphore(value: 0)

    func set(_ response: Response) {
        self.response = response
        isSet.signal()
    }

    func wait() -> Response? {
        guard isSet.wait(timeout: .now() + 20) == .success else { return nil }
        return response
    }
}

/// A clock that stands still, and the ids of its time.
final class TestIDs: Sendable {
    private let time = Locked(Timestamp(milliseconds: 1_800_000_000_000))
    private let generator = Locked(ULIDGenerator(randomness: SeededGenerator(seed: 1)))

    @Sendable func now() -> Timestamp { time.withLock { $0 } }
    @Sendable func next() -> ULID { generator.withLock { $0.next(at: now()) } }

    func advance(by seconds: Int64) { time.withLock { $0 = $0.advanced(byMilliseconds: seconds * 1_000) } }
}

/// The emails that the dashboard sent.
final class SentMails: Sendable {
    private let mails = Locked<[String]>([])
    /// Whether the configuration has mail.
    let isSetUp = Locked(true)

    func add(_ mail: String) { mails.withLock { $0.append(mail) } }
    var all: [String] { mails.withLock { $0 } }
}

extension Operations {
    /// - Parameter mails: records the emails. A test email to an address that begins with `bad` fails.
    static func test(mails: SentMails) -> Operations {
        Operations(
            withLastUse: { $0 }, auditLine: { Array("\($0.id)".utf8) },
            report: { answer in
                answer(
                    SystemReport(
                        problems: [], database: "/var/lib/allclear.db", databaseBytes: 4_096, walBytes: 0,
                        waitingWrites: 0, relay: "relay.test:25", replicationLag: nil, standbyAge: nil,
                        backupCommand: "allclear backup allclear-backup.db"))
            },
            sendTestMail: { address, answer in
                mails.add("test to \(address)")
                answer("\(address)".hasPrefix("bad") ? "The relay refused the email." : nil)
            }, hasMail: { mails.isSetUp.withLock { $0 } },
            send: { letter, address in
                switch letter {
                case .invitation(let letter): mails.add("invitation to \(address): \(letter.url)")
                case .reset(let letter): mails.add("reset to \(address): \(letter.url)")
                }
            })
    }
}

extension AuditActor {
    static let test = AuditActor(kind: .commandLine, name: "test")
}

extension PageDeclaration {
    static let acme = PageDeclaration(
        slug: "acme", name: "Acme Status",
        items: [
            .component(Component(key: "website", name: "Website")),
            .group(Group(key: "eu", name: "EU", components: [Component(key: "login", name: "Login")])),
        ])
}
