public import ArgumentParser
import ManagementAPI
import Publishing
public import StatusPages
import Storage

struct DeliveriesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deliveries", abstract: "List and retry messages to subscribers; pause and resume sending.",
        discussion: "Works while the server runs. Every change takes effect within a second.",
        subcommands: [List.self, Retry.self, Pause.self, Resume.self, Status.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List a page's messages, newest first.",
            discussion: """
                Prints a line for each: id, time of creation, state, kind, channel, address, number of attempts, and \
                the last answer of the relay or endpoint.
                """)

        @OptionGroup var place: PageOption

        @Option(help: "Only messages in this state.")
        var state: Delivery.State?

        @Option(help: "Only this channel.")
        var channel: Subscriber.Channel?

        @Option(help: ArgumentHelp("Only messages to this subscriber.", valueName: "id"))
        var subscriber: String?

        @Option(help: ArgumentHelp("Only messages about this incident or maintenance.", valueName: "id"))
        var event: String?

        @Option(help: "The maximum number of messages.")
        var limit = 100

        @Flag(help: "Print a JSON array of the objects that the API shows.")
        var json = false

        @OptionGroup var option: ConfigurationOption

        func validate() throws {
            if limit < 1 { throw ValidationError("--limit must be at least 1; got \(limit).") }
        }

        func run() throws {
            try withPublishing(option) { context in
                let page = try context.page(place.page)
                let subscriber = try context.subscriberID(subscriber, of: page)
                let event = try event.map { text in
                    guard let id = ULID(text) else { throw Problem("there is no event \(text.quoted)") }
                    return id
                }
                var list = OutputList(isJSON: json)
                try context.store.read { transaction in
                    let found = try transaction.deliveries(
                        of: page.id, subscriber: subscriber, state: state, channel: channel, event: event, limit: limit)
                    for delivery in found ?? [] {
                        try list.add(
                            json: { try body(of: delivery, context, in: transaction) },
                            text: { text(of: delivery, try transaction.subscriber(delivery.subscriberID)) })
                    }
                }
                try list.end()
            }
        }

        private func body(
            of delivery: Delivery, _ context: CommandContext, in transaction: ReadTransaction
        ) throws -> [UInt8] {
            try ManagementAPI.body(
                of: delivery,
                announcement: try delivery.notificationID.flatMap { try transaction.notification($0)?.announcement },
                sender: context.publishing.sender(of: delivery.pageID))
        }

        private func text(of delivery: Delivery, _ subscriber: Subscriber?) -> String {
            let address = subscriber.map(\.address) ?? ""
            let answer = delivery.lastResponse.map { "\($0.code.map { "\($0) " } ?? "")\($0.text)" } ?? ""
            return [
                "\(delivery.id)", delivery.createdAt.rfc3339, delivery.state.rawValue, delivery.kind.rawValue,
                delivery.channel.rawValue, address.isEmpty ? "(erased)" : Terminal.printable(address),
                "\(delivery.attempts)", Terminal.printable(answer),
            ].filter { !$0.isEmpty }.joined(separator: "  ")
        }
    }

    struct Retry: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "retry", abstract: "Send failed messages again.",
            discussion: "Give the id of one message, or --page and --since for all failed messages since then.")

        @Argument(help: "The id of a message, as shown by `deliveries list`.")
        var id: String?

        @Option(help: ArgumentHelp("The slug of the page.", valueName: "slug"))
        var page: String?

        @Option(
            help: ArgumentHelp(
                "Only messages created since this time, such as 2026-11-20T21:00:00Z.", valueName: "time"))
        var since: String?

        @Option(help: ArgumentHelp("Only messages to this subscriber.", valueName: "id"))
        var subscriber: String?

        @OptionGroup var option: ConfigurationOption

        func validate() throws {
            let isOne = id != nil && page == nil && since == nil && subscriber == nil
            guard isOne || id == nil && page != nil && since != nil else {
                throw ValidationError("Give either the id of a message, or --page and --since.")
            }
            if let since, Timestamp(rfc3339: since) == nil {
                throw ValidationError("--since must be a time such as 2026-11-20T21:00:00Z; got \(since.quoted).")
            }
        }

        func run() throws {
            try withPublishing(option) { context in
                let count: Int
                if let page, let since = since.flatMap({ Timestamp(rfc3339: $0) }) {
                    let page = try context.page(page)
                    let subscriber = try context.subscriberID(subscriber, of: page)
                    var retry = FailedRetry(of: page, since: since, subscriber: subscriber)
                    while !retry.isDone {
                        retry = try context.write { try context.publishing.proceed(with: retry, in: $0) }
                    }
                    count = retry.count
                } else {
                    let text = id ?? ""
                    try context.finding(text) {
                        guard let id = ID<Delivery>(text) else { throw NotFound("delivery") }
                        _ = try context.write { try context.publishing.retry(id, in: $0) }
                    }
                    count = 1
                }
                try Terminal.say("retrying \(count)")
            }
        }
    }

    struct Pause: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "pause", abstract: "Hold back updates, even after a restart.",
            discussion: "No update is lost. Confirmations, links and tests are sent in any case.")

        @OptionGroup var option: ConfigurationOption

        func run() throws { try DeliveriesCommand.setPaused(true, option) }
    }

    struct Resume: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "resume", abstract: "Send the updates that were held back.")

        @OptionGroup var option: ConfigurationOption

        func run() throws { try DeliveriesCommand.setPaused(false, option) }
    }

    fileprivate static func setPaused(_ isPaused: Bool, _ option: ConfigurationOption) throws {
        try withPublishing(option) { context in
            try context.write { try context.publishing.setPaused(isPaused, in: $0) }
            Terminal.note(isPaused ? "Updates are held back." : "Updates are sent.")
        }
    }

    struct Status: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "status", abstract: "Show whether sending works, and how many messages wait.",
            discussion: """
                The state of the relay comes from the server's last email: ok, failing with the error, or off if the \
                server runs without mail.
                """)

        @OptionGroup var option: ConfigurationOption

        func run() throws {
            try withPublishing(option) { context in
                let (status, waiting) = try context.store.read { transaction in
                    (try transaction.deliveryStatus(), try transaction.pendingDeliveries())
                }
                try Terminal.say("updates: \(status.isPaused ? "paused" : "sent")")
                let error = status.relayError.map { ": \(Terminal.printable($0))" } ?? ""
                try Terminal.say("relay: \(status.relay.rawValue)\(error)")
                try Terminal.say("notifications without deliveries yet: \(status.pendingNotifications)")
                let counts = Subscriber.Channel.allCases.compactMap { channel in
                    waiting[channel].map { "\($0.number) \(channel.rawValue)" }
                }
                try Terminal.say("waiting messages: \(counts.isEmpty ? "0" : counts.joined(separator: ", "))")
                let oldest = (waiting.values.map(\.since) + [status.oldestPendingAt].compactMap(\.self)).min()
                if let oldest { try Terminal.say("oldest: \(oldest.rfc3339)") }
            }
        }
    }
}

extension CommandContext {
    /// The id of a subscriber of a page; nil if none is given.
    fileprivate func subscriberID(_ text: String?, of page: StatusPage) throws -> ID<Subscriber>? {
        guard let text else { return nil }
        guard let id = ID<Subscriber>(text), try store.read({ try $0.subscriber(id)?.pageID }) == page.id else {
            throw Problem("the page \(page.slug.quoted) has no subscriber with the id \(text.quoted)")
        }
        return id
    }
}

extension Delivery.State: ExpressibleByArgument {}
