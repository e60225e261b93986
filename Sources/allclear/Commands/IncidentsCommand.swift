public import ArgumentParser
import Publishing
public import StatusPages
import Storage

struct IncidentsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "incidents", abstract: "Declare, update, resolve, list, show and delete incidents.",
        discussion: "Works while the server runs, and also while it does not.",
        subcommands: [Declare.self, Update.self, Resolve.self, List.self, Show.self, Delete.self])

    struct Declare: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "declare", abstract: "Publish a new incident, and print its id.",
            discussion: """
                Example: allclear incidents declare --page acme --name "Logins fail" --message "We are looking into \
                it." --component login=full_outage --notify
                """)

        @Option(help: ArgumentHelp("The slug of the page. Not needed if there is one page.", valueName: "slug"))
        var page: String?

        @Option(help: "The name.")
        var name: String

        @Option(help: ArgumentHelp("The message, in Markdown.", valueName: "text"))
        var message: String

        @Option(help: "The status.")
        var status = Incident.Status.investigating

        @OptionGroup var components: ComponentStatusOptions
        @OptionGroup var notification: NotifyOption
        @OptionGroup var output: EventOutputOption
        @OptionGroup var option: ConfigurationOption

        func run() throws {
            try withPublishing(option) { context in
                let page = try context.onlyPage(page)
                let command = IncidentCreation(
                    name: name, status: status, message: message, idempotencyKey: context.newKey(),
                    notifiesSubscribers: notification.notify,
                    componentStatuses: try components.drafts(on: page, in: context))
                let published: Published<Incident> = try context.write { transaction in
                    try context.publishing.create(command, on: page, in: transaction)
                }
                try output.report(published, "Declared", on: page, in: context)
            }
        }
    }

    struct Update: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "update", abstract: "Publish an update to an incident, and print its id.")

        @OptionGroup var choice: EventOption

        @Option(help: ArgumentHelp("The message, in Markdown.", valueName: "text"))
        var message: String

        @Option(help: "The new status. Without it, the status does not change.")
        var status: Incident.Status?

        @OptionGroup var components: ComponentStatusOptions
        @OptionGroup var notification: NotifyOption
        @OptionGroup var output: EventOutputOption
        @OptionGroup var option: ConfigurationOption

        func run() throws {
            try EventCommands.publish(
                to: choice, output, "Updated", option,
                { page, context in
                    IncidentPublication(
                        message: message, status: status,
                        componentStatuses: try components.drafts(on: page, in: context),
                        notifiesSubscribers: notification.notify)
                }, of: Incident.self)
        }
    }

    struct Resolve: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "resolve",
            abstract: "Resolve an incident, and print its id. All its components become operational.")

        @OptionGroup var choice: EventOption

        @Option(help: ArgumentHelp("The message, in Markdown.", valueName: "text"))
        var message = "This incident has been resolved."

        @OptionGroup var notification: NotifyOption
        @OptionGroup var output: EventOutputOption
        @OptionGroup var option: ConfigurationOption

        func run() throws {
            try EventCommands.publish(
                to: choice, output, "Resolved", option,
                { _, _ in
                    IncidentPublication(
                        message: message, status: .resolved, componentStatuses: nil,
                        notifiesSubscribers: notification.notify)
                }, of: Incident.self)
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List incidents, newest first.",
            discussion: "Prints a line for each: id, time of publication, status, page and name.")

        @OptionGroup var choice: EventListOption

        @Flag(help: "Only incidents that are not resolved.")
        var ongoing = false

        func run() throws { try choice.list(Incident.self, isUnfinishedOnly: ongoing) }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Show an incident with its updates, oldest first.")

        @OptionGroup var choice: EventOption

        @Flag(help: "Print the JSON object that the API shows.")
        var json = false

        @OptionGroup var option: ConfigurationOption

        func run() throws { try EventCommands.show(Incident.self, choice, isJSON: json, option) }
    }

    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "delete",
            abstract: "Delete an incident and everything that belongs to it. Waiting messages are cancelled.")

        @OptionGroup var choice: EventOption
        @OptionGroup var option: ConfigurationOption

        func run() throws { try EventCommands.delete(Incident.self, choice, option) }
    }
}

extension Incident.Status: ExpressibleByArgument {}
