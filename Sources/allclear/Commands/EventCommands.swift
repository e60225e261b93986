import ArgumentParser
import ManagementAPI
import Publishing
public import StatusPages
import Storage

/// Selects the incident or maintenance that a command works on.
struct EventOption: ParsableArguments {
    @Argument(help: "The id, as shown by `list`.")
    var id: String?

    @Flag(help: "Use the newest one that is not over.")
    var latest = false

    @Option(
        help: ArgumentHelp("With --latest: the slug of the page. Not needed if there is one page.", valueName: "slug"))
    var page: String?

    func validate() throws {
        guard (id != nil) != latest else { throw ValidationError("Give either an id or --latest.") }
        if page != nil, !latest { throw ValidationError("--page needs --latest; an id already identifies the page.") }
    }

    /// - Throws: `Problem` for a malformed or unknown id, or if `--latest` finds nothing.
    func find<Event: PublishedEvent>(in context: CommandContext) throws -> (event: Event, page: StatusPage) {
        guard let text = id else { return try context.latest(on: try context.onlyPage(page)) }
        guard let id = ID<Event>(text) else { throw Problem("\(text.quoted) is not the id of a \(Event.title)") }
        return try context.finding(text) { try context.store.read { try context.publishing.find(id, in: $0) } }
    }
}

/// Whether a command that publishes an update notifies subscribers.
struct NotifyOption: ParsableArguments {
    @Flag(help: "Notify the subscribers of the page.")
    var notify = false
}

/// How a command prints an event.
struct EventOutputOption: ParsableArguments {
    @Flag(help: "Print the JSON object that the API shows.")
    var json = false

    /// Prints the id, or the event as JSON, to standard output, and a summary to standard error.
    func report<Event: PrintedEvent>(
        _ published: Published<Event>, _ done: String, on page: StatusPage, in context: CommandContext
    ) throws {
        let event = published.event
        try Terminal.say(json ? String(decoding: try Event.json(of: event), as: UTF8.self) : "\(event.id)")
        let name = Terminal.printable(event.name).quoted
        let count = try context.store.read { try context.publishing.recipientCount(of: event, on: page, in: $0) }
        let notified =
            switch published.update == nil ? 0 : count {
            case 0: "Nobody is notified."
            case 1: "1 subscriber is notified."
            default: "\(count) subscribers are notified."
            }
        Terminal.note("\(done) \(name) on \(page.slug): \(event.status.rawValue). \(notified)")
    }
}

/// The events that a command lists.
struct EventListOption: ParsableArguments {
    @Option(help: ArgumentHelp("Only events of this page.", valueName: "slug"))
    var page: String?

    @Option(help: "The maximum number of events of each page.")
    var limit = 100

    @Flag(help: "Print a JSON array of the objects that the API shows.")
    var json = false

    @OptionGroup var option: ConfigurationOption

    func validate() throws {
        if limit < 1 { throw ValidationError("--limit must be at least 1; got \(limit).") }
    }

    func list<Event: PrintedEvent>(_: Event.Type, isUnfinishedOnly: Bool) throws {
        try withPublishing(option) { context in
            var list = OutputList(isJSON: json)
            for page in try context.pages(page) {
                var left = limit
                try context.forEach(Event.self, on: page) { event in
                    if isUnfinishedOnly, event.status == .closing { return true }
                    try list.add(
                        json: { try Event.json(of: event) }, text: { EventCommands.line(of: event, page) })
                    left -= 1
                    return left > 0
                }
            }
            try list.end()
        }
    }
}

/// A time in an option (RFC 3339).
struct TimeOption: ExpressibleByArgument {
    let time: Timestamp

    init?(argument: String) {
        guard let time = Timestamp(rfc3339: argument) else { return nil }
        self.time = time
    }
}

/// The status of a component in an option, such as `login=partial_outage`.
struct ComponentStatusOption: ExpressibleByArgument {
    let key: String
    let status: ComponentStatus

    init?(argument: String) {
        guard let sign = argument.lastIndex(of: "="),
            let status = ComponentStatus(rawValue: String(argument[argument.index(after: sign)...]))
        else { return nil }
        key = String(argument[..<sign])
        self.status = status
    }
}

/// The components whose status a command changes.
struct ComponentStatusOptions: ParsableArguments {
    @Option(
        name: .customLong("component"),
        help: ArgumentHelp(
            "The key of a component, and its new status: "
                + "\(ComponentStatus.allCases.map(\.rawValue).joined(separator: ", ")). Repeat the option for more.",
            valueName: "key=status"))
    var all: [ComponentStatusOption] = []

    /// - Throws: `Problem` for keys that are not on the page.
    func drafts(on page: StatusPage, in context: CommandContext) throws -> [ComponentStatusDraft]? {
        guard !all.isEmpty else { return nil }
        let ids = try context.componentIDs(of: all.map(\.key), on: page)
        return zip(ids, all).map { ComponentStatusDraft(componentID: $0.description, status: $1.status) }
    }
}

/// An event that commands print as the API does.
protocol PrintedEvent: PublishedEvent {
    static func json(of event: Self) throws -> [UInt8]
}

extension Incident: PrintedEvent {
    static func json(of event: Incident) throws -> [UInt8] { try ManagementAPI.body(of: event) }
}

extension Maintenance: PrintedEvent {
    static func json(of event: Maintenance) throws -> [UInt8] { try ManagementAPI.body(of: event) }
}

/// The commands that incidents and maintenances share.
enum EventCommands {
    static func line(of event: some PrintedEvent, _ page: StatusPage) -> String {
        [
            "\(event.id)", event.publishedAt.rfc3339, event.status.rawValue, page.slug, Terminal.printable(event.name),
        ].joined(separator: "  ")
    }

    static func show<Event: PrintedEvent>(
        _: Event.Type, _ choice: EventOption, isJSON: Bool, _ option: ConfigurationOption
    ) throws {
        try withPublishing(option) { context in
            let (event, page): (Event, StatusPage) = try choice.find(in: context)
            if isJSON { return try Terminal.say(String(decoding: try Event.json(of: event), as: UTF8.self)) }
            try Terminal.say(line(of: event, page))
            let keys = Dictionary(
                try context.components(on: page).map { ($0.id, $0.key) }, uniquingKeysWith: { first, _ in first })
            for update in event.updates {
                try Terminal.say("")
                try Terminal.say("\(update.publishedAt.rfc3339)  \(update.status.rawValue)")
                for change in update.componentStatuses {
                    let key = keys[change.componentID] ?? "\(change.componentID)"
                    try Terminal.say("  \(key)=\(change.status.rawValue)")
                }
                for line in update.message.split(separator: "\n", omittingEmptySubsequences: false) {
                    try Terminal.say("  \(Terminal.printable(String(line)))")
                }
            }
        }
    }

    static func delete<Event: PrintedEvent>(
        _: Event.Type, _ choice: EventOption, _ option: ConfigurationOption
    ) throws {
        try withPublishing(option) { context in
            let (event, page): (Event, StatusPage) = try choice.find(in: context)
            var isMore = try context.write { try context.publishing.delete(event.id, in: $0) }
            while isMore {
                isMore = try context.write { try context.publishing.cancelDeliveries(about: event.id.ulid, in: $0) }
            }
            Terminal.note("Deleted \(Terminal.printable(event.name).quoted) on \(page.slug).")
        }
    }

    /// Publishes an update.
    static func publish<Event: PrintedEvent>(
        to choice: EventOption, _ output: EventOutputOption, _ done: String, _ option: ConfigurationOption,
        _ command: (StatusPage, CommandContext) throws -> Publication<Event.Status, Event.ComponentStatus>,
        of _: Event.Type
    ) throws {
        try withPublishing(option) { context in
            let (event, page): (Event, StatusPage) = try choice.find(in: context)
            let command = try command(page, context)
            let published: Published<Event> = try context.write { transaction in
                try context.publishing.publish(command, to: event.id, in: transaction)
            }
            try output.report(published, done, on: page, in: context)
        }
    }
}

extension CommandContext {
    /// A new idempotency key. Each run of a command is a new request, never a retry.
    func newKey() -> String { "command-\(IDSource().next())" }

    /// A page by its slug, or the only page if no slug is given.
    func onlyPage(_ slug: String?) throws -> StatusPage {
        if let slug { return try page(slug) }
        guard let only = pages.first, pages.count == 1 else {
            throw Problem("give --page: there are \(pages.count) pages (\(pages.map(\.slug).joined(separator: ", ")))")
        }
        return only
    }

    /// The components with some keys.
    /// - Throws: `Problem` with all keys of the page if one is unknown.
    func componentIDs(of keys: [String], on page: StatusPage) throws -> [ID<Component>] {
        let all = try components(on: page)
        let ids = Dictionary(all.map { ($0.key, $0.id) }, uniquingKeysWith: { first, _ in first })
        let unknown = keys.filter { ids[$0] == nil }
        guard unknown.isEmpty else {
            throw Problem(
                "the page \(page.slug.quoted) has no component \(unknown.map(\.quoted).joined(separator: ", ")); "
                    + "its components are \(all.map(\.key).joined(separator: ", "))")
        }
        return keys.compactMap { ids[$0] }
    }

    /// The components of a page with their keys, in the order of the page.
    func components(on page: StatusPage) throws -> [(key: String, id: ID<Component>)] {
        try store.read { try $0.itemKeys(of: page.id) }.all.compactMap { key, item in
            if case .component(let id) = item { (key, id) } else { nil }
        }
    }

    /// The newest unfinished event of a page.
    func latest<Event: PublishedEvent>(on page: StatusPage) throws -> (event: Event, page: StatusPage) {
        var latest: Event?
        try forEach(Event.self, on: page) { event in
            if event.status != .closing { latest = event }
            return latest == nil
        }
        guard let latest else { throw Problem("the page \(page.slug.quoted) has no open \(Event.title)") }
        return (latest, page)
    }

    /// Calls `body` with each event of a page, newest first, until it returns false.
    func forEach<Event: PublishedEvent>(
        _: Event.Type, on page: StatusPage, _ body: (Event) throws -> Bool
    ) throws {
        var last: ID<Event>?
        while true {
            // Short transactions, so that the WAL of a running server stays short.
            let found = try store.read { transaction in
                try Event.list(of: page.id, matching: EventFilter(), after: last, limit: 250, in: transaction)
            }
            // If the last one was deleted meanwhile, the place in the list is lost.
            guard let found else { throw Problem("the list changed while it was read; run the command again") }
            for event in found { guard try body(event) else { return } }
            guard found.count == 250 else { return }
            last = found.last?.id
        }
    }
}
