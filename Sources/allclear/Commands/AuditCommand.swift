import ArgumentParser
import ManagementAPI
import StatusPages
import Storage

struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "List the changes that were made, newest first.",
        discussion: """
            Prints a line for each change: time, actor, action, subject, page, and the fields with their values before \
            and after. Secrets and subscribers' addresses are not recorded. Works while the server runs.
            """)

    @Option(help: ArgumentHelp("Only changes since this time, such as 2026-11-20T21:00:00Z.", valueName: "time"))
    var since: String?

    @Option(help: ArgumentHelp("Only changes on this page.", valueName: "slug"))
    var page: String?

    @Flag(help: "Print a JSON array of the objects that the API shows.")
    var json = false

    @OptionGroup var option: ConfigurationOption

    func validate() throws {
        if let since, Timestamp(rfc3339: since) == nil {
            throw ValidationError("--since must be a time such as 2026-11-20T21:00:00Z; got \(since.quoted).")
        }
    }

    func run() throws {
        Signals.ignoreBrokenPipes()
        try withStore(option) { store, _ in
            var filter = AuditFilter()
            filter.since = since.flatMap { Timestamp(rfc3339: $0) }
            filter.showsInternalPages = true
            filter.page = try page.map(store.pageID)
            try list(filter, of: store)
        }
    }

    private func list(_ filter: AuditFilter, of store: Store) throws {
        var list = OutputList(isJSON: json)
        var last: Int64?
        while true {
            // Short transactions, so that the WAL of a running server stays short.
            let found = try store.read { transaction in
                let found = try transaction.auditEvents(matching: filter, after: last, limit: 500)
                return try found?.map { ($0, try $0.pageID.flatMap { try transaction.slug(of: $0) }) }
            }
            // Nil if retention deleted the last listed event. All older events are deleted then, too.
            for (event, slug) in found ?? [] {
                try list.add(json: { try ManagementAPI.body(of: event) }, text: { Self.text(of: event, page: slug) })
            }
            guard let found, found.count == 500 else { break }
            last = found.last?.0.id
        }
        try list.end()
    }

    private static func text(of event: AuditEvent, page: String?) -> String {
        let (actor, subject) = (event.actor, event.subject)
        let changes = event.changes.fields.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.text)" }
        return [
            event.at.rfc3339, "\(actor.kind.rawValue) \(actor.name.quoted)", event.action.rawValue,
            "\(subject.kind.rawValue) \(subject.id) \(subject.name.quoted)", page ?? "",
            changes.joined(separator: ", "),
        ].filter { !$0.isEmpty }.joined(separator: "  ")
    }
}

extension AuditChanges.Change {
    fileprivate var text: String {
        switch self {
        case .hidden: "changed"
        case .values(let before, let after) where before == after: after.text
        case .values(let before, let after): "\(before.text) -> \(after.text)"
        }
    }
}

extension AuditValue {
    fileprivate var text: String {
        switch self {
        case .none: "none"
        case .text(let text): text.quoted
        case .number(let number): "\(number)"
        case .flag(let flag): "\(flag)"
        case .list(let texts): "[\(texts.map(\.quoted).joined(separator: ", "))]"
        }
    }
}
