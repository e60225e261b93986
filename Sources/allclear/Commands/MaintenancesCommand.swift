import ArgumentParser
import Publishing
import StatusPages
import Storage

struct MaintenancesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "maintenances", abstract: "Schedule, start, complete, list, show and delete maintenances.",
        discussion: "Works while the server runs, and also while it does not.",
        subcommands: [Schedule.self, Start.self, Complete.self, List.self, Show.self, Delete.self])

    struct Schedule: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "schedule", abstract: "Schedule a maintenance, and print its id.",
            discussion: """
                Example: allclear maintenances schedule --page acme --name "New disks" --message "We replace disks." \
                --start 2026-12-01T22:00:00Z --end 2026-12-02T01:00:00Z --component login --automate --notify
                """)

        @Option(help: ArgumentHelp("The slug of the page. Not needed if there is one page.", valueName: "slug"))
        var page: String?

        @Option(help: "The name.")
        var name: String

        @Option(help: ArgumentHelp("The message, in Markdown.", valueName: "text"))
        var message: String

        @Option(help: ArgumentHelp("The start, such as 2026-12-01T22:00:00Z.", valueName: "time"))
        var start: TimeOption

        @Option(help: ArgumentHelp("The end.", valueName: "time"))
        var end: TimeOption

        @Option(
            name: .customLong("component"),
            help: ArgumentHelp("The key of an affected component. Repeat the option for more.", valueName: "key"))
        var components: [String] = []

        @Flag(help: "Let the server publish the start and the end of the maintenance on time.")
        var automate = false

        @OptionGroup var notification: NotifyOption
        @OptionGroup var output: EventOutputOption
        @OptionGroup var option: ConfigurationOption

        func run() throws {
            try withPublishing(option) { context in
                let page = try context.onlyPage(page)
                let command = MaintenanceCreation(
                    name: name, status: .scheduled, message: message, idempotencyKey: context.newKey(),
                    affectedComponents: try context.componentIDs(of: components, on: page).map(\.description),
                    window: MaintenanceWindowDraft(startAt: start.time, endAt: end.time),
                    notifiesSubscribers: notification.notify, isAutomated: automate)
                let published: Published<Maintenance> = try context.write { transaction in
                    try context.publishing.create(command, on: page, in: transaction)
                }
                try output.report(published, "Scheduled", on: page, in: context)
            }
        }
    }

    struct Start: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "start", abstract: "Publish that a maintenance has begun, and print its id.")

        @OptionGroup var choice: EventOption

        @Option(help: ArgumentHelp("The message, in Markdown.", valueName: "text"))
        var message = "The maintenance has begun."

        @OptionGroup var notification: NotifyOption
        @OptionGroup var output: EventOutputOption
        @OptionGroup var option: ConfigurationOption

        func run() throws {
            try MaintenancesCommand.publish(.inProgress, message, choice, notification, output, "Started", option)
        }
    }

    struct Complete: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "complete", abstract: "Publish that a maintenance is over, and print its id.")

        @OptionGroup var choice: EventOption

        @Option(help: ArgumentHelp("The message, in Markdown.", valueName: "text"))
        var message = "The maintenance is complete."

        @OptionGroup var notification: NotifyOption
        @OptionGroup var output: EventOutputOption
        @OptionGroup var option: ConfigurationOption

        func run() throws {
            try MaintenancesCommand.publish(.complete, message, choice, notification, output, "Completed", option)
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List maintenances, newest first.",
            discussion: "Prints a line for each: id, time of publication, status, page and name.")

        @OptionGroup var choice: EventListOption

        @Flag(help: "Only maintenances that are not complete.")
        var unfinished = false

        func run() throws { try choice.list(Maintenance.self, isUnfinishedOnly: unfinished) }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Show a maintenance with its updates, oldest first.")

        @OptionGroup var choice: EventOption

        @Flag(help: "Print the JSON object that the API shows.")
        var json = false

        @OptionGroup var option: ConfigurationOption

        func run() throws { try EventCommands.show(Maintenance.self, choice, isJSON: json, option) }
    }

    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "delete",
            abstract: "Delete a maintenance and everything that belongs to it. Waiting messages are cancelled.")

        @OptionGroup var choice: EventOption
        @OptionGroup var option: ConfigurationOption

        func run() throws { try EventCommands.delete(Maintenance.self, choice, option) }
    }

    private static func publish(
        _ status: Maintenance.Status, _ message: String, _ choice: EventOption, _ notification: NotifyOption,
        _ output: EventOutputOption, _ done: String, _ option: ConfigurationOption
    ) throws {
        try EventCommands.publish(
            to: choice, output, done, option,
            { _, _ in
                MaintenancePublication(
                    message: message, status: status, componentStatuses: nil, notifiesSubscribers: notification.notify)
            }, of: Maintenance.self)
    }
}
