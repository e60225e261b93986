import ArgumentParser
import Foundation
import Notifications
import Publishing
import StatusPages
import Storage

/// Runs a command on the configured database. If it fails, reports the error and ends the command with exit code 1.
/// - Parameters:
///   - creates: whether to create a missing database. If false, a missing database is an error.
///   - body: gets the database, and whether it was created.
func withStore(_ option: ConfigurationOption, creates: Bool = false, _ body: (Store, Bool) throws -> Void) throws {
    try withStore(try option.load(), creates: creates, body)
}

private func withStore(
    _ configuration: Configuration, creates: Bool = false, _ body: (Store, Bool) throws -> Void
) throws {
    try reportingFailures {
        let isNew = !FileManager.default.fileExists(atPath: configuration.database)
        if isNew, !creates {
            let advice =
                "use --config or ALLCLEAR_DATABASE to name the server's database, "
                + "or create one with keys create --create"
            throw StorageError.cannotOpen(path: configuration.database, reason: "the file does not exist; \(advice)")
        }
        let store = try Store(
            path: configuration.database, upgrades: false, checkpoints: configuration.checkpointOwner,
            replication: configuration.makeReplication())
        try body(store, isNew)
        try store.close()
    }
}

/// The context in which a command runs the server's use cases, on the same database.
struct CommandContext {
    let store: Store
    /// Whether the command created the database.
    let isNew: Bool
    let publishing: Publishing

    /// Runs a use case in a write transaction. The audit log names the user.
    func write<Result>(_ body: (WriteTransaction) throws -> Result) throws -> Result {
        try store.write(as: .commandLine, body)
    }

    /// The pages that the API shows.
    var pages: [StatusPage] { publishing.site.servedPages }

    /// - Throws: `Problem` if there is no such page, or if it is internal.
    func page(_ slug: String) throws -> StatusPage {
        if let page = pages.first(where: { $0.slug == slug }) { return page }
        if publishing.site.pages.contains(where: { $0.slug == slug }) {
            throw Problem("the page \(slug.quoted) is internal; this command works only on other pages")
        }
        throw Problem(noPage: slug, among: pages.map(\.slug))
    }

    /// The page with this slug, or all pages if no slug is given.
    func pages(_ slug: String?) throws -> [StatusPage] { try slug.map { [try page($0)] } ?? pages }

    /// Runs a use case on a thing that the user named.
    /// - Parameter name: the id or slug that the user gave.
    /// - Throws: `Problem` with that name if the use case throws `NotFound`.
    func finding<Result>(_ name: String, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as NotFound {
            throw Problem("there is no \(error.what) \(name.quoted)")
        }
    }
}

extension Store {
    /// The id of a page, which may be internal or archived.
    /// - Throws: `Problem` if there is no such page.
    func pageID(_ slug: String) throws -> ID<StatusPage> {
        try read { transaction in
            if let id = try transaction.pageID(slug: slug) { return id }
            throw Problem(
                noPage: slug,
                among: try transaction.pages().map(\.slug) + transaction.archivedPages().map(\.slug))
        }
    }
}

/// Why a command cannot do its work, as a message for the user.
struct Problem: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    /// - Parameter slugs: those of the pages that the command could use.
    init(noPage slug: String, among slugs: [String]) {
        let advice = slugs.isEmpty ? "there are no pages" : "use \(slugs.joined(separator: ", "))"
        self.init("there is no page \(slug.quoted); \(advice)")
    }

    /// The message for an error of a use case; nil for other errors.
    init?(_ error: any Error) {
        switch error {
        case let error as NotFound: self.init("there is no such \(error.what)")
        case let error as Faults: self.init(error.all.map(\.message).joined(separator: " "))
        case let error as UserRefusal: self.init(error.description)
        case let error as PageRefusal: self.init(error.explanation)
        case let error as RestoringRefusal: self.init(error.explanation)
        case SubscriberConflict.exists: self.init("the page already has a subscriber with this address")
        case SubscriberConflict.mailNotConfigured:
            self.init(
                "mail is not configured, so no email can be sent; set at least mail.host and mail.from")
        case SubscriberConflict.wrongState(let explanation): self.init(explanation)
        case SubscriberConflict.tooManyMails:
            self.init("the address has reached the limit of emails in 24 hours (subscribers.mails_per_address)")
        default: return nil
        }
    }
}

/// Runs a command that uses the server's use cases. If it fails, reports the error and ends the command with exit
/// code 1.
/// - Parameter creates: whether to create a missing database. If false, a missing database is an error.
func withPublishing(
    _ option: ConfigurationOption, creates: Bool = false, _ body: (CommandContext) throws -> Void
) throws {
    Signals.ignoreBrokenPipes()
    let configuration = try option.load()
    try withStore(configuration, creates: creates) { store, isNew in
        let site = Site(pages: try store.readAlone { try $0.pages() }, serverURL: configuration.serverURL)
        let publishing = Publishing(
            site: { site }, rules: configuration.subscribers,
            reservedWords: ConfigurationValues.reservedWords, endpoints: configuration.webhooks.endpointCheck,
            now: Clock.now, newID: IDSource().next)
        do {
            try body(CommandContext(store: store, isNew: isNew, publishing: publishing))
        } catch {
            throw Problem(error) ?? error
        }
    }
}

extension PageRefusal {
    fileprivate var explanation: String {
        switch self {
        case .slugTaken(let slug, isArchived: false): "there is already a page \(slug.quoted)"
        case .slugTaken(let slug, isArchived: true):
            "an archived page has the slug \(slug.quoted); use another slug, or bring the page back with: "
                + "allclear pages restore \(slug)"
        case .managedByConfiguration: "the configuration declares the page; remove it there, and reload"
        case .ongoingEvents(let events): "the page has \(events.text): end all ongoing events first, or use --force"
        }
    }
}

extension RestoringRefusal {
    fileprivate var explanation: String {
        switch self {
        case .notArchived: "the page is not archived"
        case .declaredBefore: "the configuration declared the page; declare it there again to bring it back"
        case .domainTaken(let domain): "another page has the domain \(domain.quoted) now; change that page first"
        }
    }
}
