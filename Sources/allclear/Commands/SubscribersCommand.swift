public import ArgumentParser
import ManagementAPI
public import Publishing
public import StatusPages
import Storage

struct SubscribersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subscribers", abstract: "List, add, import, export and remove subscribers.",
        discussion: "Works while the server runs. Every change takes effect at once.",
        subcommands: [List.self, Add.self, Import.self, Export.self, Remove.self, ReportBounce.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List subscribers.",
            discussion: """
                Prints a line for each: id, time of creation, state, channel, page, address, and the keys of the \
                chosen components, groups and sub-pages. Without keys, the subscriber gets the updates of the whole page.
                """)

        @Option(help: ArgumentHelp("Only subscribers of this page.", valueName: "slug"))
        var page: String?

        @Option(help: "Only subscribers in this state.")
        var state: Subscriber.State?

        @Option(help: "Only this channel.")
        var channel: Subscriber.Channel?

        @Flag(help: "Print a JSON array of the objects that the API shows.")
        var json = false

        @OptionGroup var option: ConfigurationOption

        func run() throws {
            try withPublishing(option) { context in
                var list = OutputList(isJSON: json)
                for page in try context.pages(page) {
                    let keys = try context.store.read { try $0.itemKeys(of: page.id) }
                    try context.forEachSubscriber(of: page, state: state, channel: channel) { subscriber in
                        try list.add(
                            json: { try ManagementAPI.body(of: subscriber) },
                            text: { text(of: subscriber, page, keys) })
                    }
                }
                try list.end()
            }
        }

        private func text(of subscriber: Subscriber, _ page: StatusPage, _ keys: ItemKeys) -> String {
            let address = subscriber.address.isEmpty ? "(erased)" : Terminal.printable(subscriber.address)
            let scope = keys.keys(of: subscriber.scope).map { $0.joined(separator: ";") } ?? "(archived)"
            return [
                "\(subscriber.id)", subscriber.createdAt.rfc3339, subscriber.state.rawValue,
                subscriber.channel.rawValue, page.slug, address, scope,
            ].filter { !$0.isEmpty }.joined(separator: "  ")
        }
    }

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Add a subscriber.",
            discussion: """
                An email address gets an email that asks for a confirmation, unless --confirmed is given. The other \
                channels are active at once. The secret of a webhook is printed once.
                """)

        @Argument(help: "The email address, or the URL of a webhook or chat.")
        var address: String

        @OptionGroup var place: PageOption

        @Option(help: "The channel.")
        var channel = Subscriber.Channel.email

        @Option(help: "The format of a webhook's body.")
        var format: Subscriber.Format?

        @Option(help: "A name for people to recognize the subscriber.")
        var name: String?

        @Option(
            name: .customLong("component"),
            help: ArgumentHelp(
                "The key of a component, group or sub-page. Repeat the option for more. Without it, the subscriber "
                    + "gets the updates of the whole page.", valueName: "key"))
        var components: [String] = []

        @Flag(help: "The owner of the email address has agreed already, so no email asks for a confirmation.")
        var confirmed = false

        @OptionGroup var option: ConfigurationOption

        func run() throws {
            try withPublishing(option) { context in
                let page = try context.page(place.page)
                let keys = try context.store.read { try $0.itemKeys(of: page.id) }
                let unknown = keys.unknown(in: components)
                guard unknown.isEmpty else {
                    throw Problem(
                        "the page \(page.slug.quoted) has no item \(unknown.map(\.quoted).joined(separator: ", "))")
                }
                let isMail = channel == .email
                let draft = SubscriberDraft(
                    channel: channel, email: isMail ? address : nil, url: isMail ? nil : address, format: format,
                    name: name, scope: keys.draft(of: components))
                let subscriber = try context.write { transaction in
                    try context.publishing.addSubscriber(draft, confirmed: confirmed, on: page, in: transaction)
                }
                if let secret = subscriber.secrets?.current { try Terminal.say(secret) }
                Terminal.note("Added \(subscriber.id) to \(page.slug): \(subscriber.state.rawValue).")
            }
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "remove", abstract: "Delete a subscriber with everything that was sent to it.",
            discussion: """
                The address is gone from the database, so a later import can add it again. The audit log keeps the \
                subscriber's id. The page may be internal or archived.
                """)

        @Argument(help: "The email address, or the URL of a webhook or chat.")
        var address: String

        @OptionGroup var place: PageOption

        @Option(help: "The channel.")
        var channel = Subscriber.Channel.email

        @OptionGroup var option: ConfigurationOption

        func run() throws {
            try withPublishing(option) { context in
                let slug = place.page
                let page = try context.store.pageID(slug)
                try context.write { transaction in
                    guard let found = try context.find(address, over: channel, on: page, in: transaction.reading) else {
                        throw Problem(
                            "the page \(slug.quoted) has no subscriber \(address.quoted) by \(channel.rawValue)")
                    }
                    try context.publishing.deleteSubscriber(found.id, in: transaction)
                }
                Terminal.note("Removed \(address.quoted) from \(slug).")
            }
        }
    }

    struct ReportBounce: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "bounce", abstract: "Report an email that came back, or a complaint about it.",
            discussion: """
                A hard bounce quarantines the subscriber. Three soft bounces or rejections in a row do so, too. A \
                complaint unsubscribes the subscriber. The report applies to every page that has the subscriber, \
                unless --page is given.
                """)

        @Argument(help: "The email address.")
        var address: String

        @Option(help: "The kind of report.")
        var type: Bounce

        @Option(help: ArgumentHelp("The text of the bounce or complaint.", valueName: "text"))
        var detail: String?

        @Option(help: ArgumentHelp("Only the subscriber of this page.", valueName: "slug"))
        var page: String?

        @OptionGroup var option: ConfigurationOption

        func validate() throws {
            if let detail, let problem = TextRule.detail.problem(detail) { throw ValidationError(problem) }
        }

        func run() throws {
            try withPublishing(option) { context in
                let pages = try context.pages(page)
                let changed = try context.write { transaction in
                    try pages.compactMap { page -> (StatusPage, Subscriber)? in
                        let found = try context.find(address, over: .email, on: page.id, in: transaction.reading)
                        return try found.map { subscriber in
                            (
                                page,
                                try context.publishing.report(type, detail: detail, of: subscriber.id, in: transaction)
                            )
                        }
                    }
                }
                guard !changed.isEmpty else {
                    let place = page.map { "the page \($0.quoted) does not have" } ?? "no page has"
                    throw Problem("\(place) the subscriber \(address.quoted)")
                }
                for (page, subscriber) in changed {
                    try Terminal.say("\(subscriber.id)  \(page.slug)  \(subscriber.state.rawValue)")
                }
            }
        }
    }
}

/// The page of a command about one page.
struct PageOption: ParsableArguments {
    @Option(help: ArgumentHelp("The slug of the page.", valueName: "slug"))
    var page: String
}

extension CommandContext {
    /// Calls `body` with each subscriber of a page, in the order of creation.
    func forEachSubscriber(
        of page: StatusPage, state: Subscriber.State? = nil, channel: Subscriber.Channel? = nil,
        _ body: (Subscriber) throws -> Void
    ) throws {
        var last: ID<Subscriber>?
        while true {
            // Short transactions, so that the WAL of a running server stays short.
            let found = try store.read { transaction in
                try transaction.subscribers(of: page.id, state: state, channel: channel, after: last, limit: 500)
            }
            // If the last one was removed meanwhile, the place in the list is lost.
            guard let found else { throw Problem("the list changed while it was read; run the command again") }
            for subscriber in found { try body(subscriber) }
            guard found.count == 500 else { return }
            last = found.last?.id
        }
    }

    /// - Returns: nil if the page has no such subscriber.
    func find(
        _ address: String, over channel: Subscriber.Channel, on page: ID<StatusPage>, in transaction: ReadTransaction
    ) throws -> Subscriber? {
        do {
            return try publishing.findSubscriber(address, over: channel, on: page, in: transaction)
        } catch is NotFound {
            return nil
        }
    }
}

extension Subscriber.Channel: ExpressibleByArgument {}
extension Subscriber.State: ExpressibleByArgument {}
extension Subscriber.Format: ExpressibleByArgument {}
extension Bounce: ExpressibleByArgument {}
