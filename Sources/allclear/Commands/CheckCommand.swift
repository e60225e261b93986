import ArgumentParser
import Litestream
import StatusPages
import Storage

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Validate the configuration and print what it would change.",
        discussion: """
            Prints every problem with the invalid value, its file, line and JSON path. If there are no problems, \
            reads the database and prints the changes that a start or reload would make. It lists the pages and items \
            to add, take over, rename, archive or bring back. It also counts the ongoing incidents and unfinished \
            maintenances of each one. Changes nothing, and works while the server runs.

            Exit codes: 0 if a server would accept the configuration, 78 if it would refuse it. A server also refuses \
            to archive a page or component with ongoing events.
            """)

    @OptionGroup var archiving: ArchivingOption

    @OptionGroup var option: ConfigurationOption

    func run() throws {
        var configuration = try option.loadToServe()
        archiving.apply(to: &configuration)
        let name = option.loader.path ?? "the built-in configuration"
        let pages = configuration.pages ?? Configuration.demoPages
        try Terminal.say("\(name) is valid: \(pages.count == 1 ? "1 page" : "\(pages.count) pages")")
        if configuration.mail == nil {
            Terminal.note(
                "allclear: mail is not configured, so pages have no form to subscribe, and no emails are sent")
        }
        checkReplication(configuration)
        try preview(configuration)
    }

    /// Litestream may start later, so this is not an error of the configuration.
    private func checkReplication(_ configuration: Configuration) {
        do {
            try configuration.replication?.socket(for: configuration.database).check()
        } catch {
            Terminal.note("allclear: replication does not work now: \(error)")
        }
    }

    private func preview(_ configuration: Configuration) throws {
        let path = configuration.database
        let changes: PageChanges?
        do {
            changes = try configuration.pageChanges()
        } catch {
            return Terminal.note("allclear: cannot compute the changes: \(error)")
        }
        guard let changes else {
            return try Terminal.say(
                "\(path): created by an older version; the next start migrates it and then applies the pages")
        }
        guard changes.conflicts.isEmpty else { return try configuration.endIfRefused(changes) }
        if changes.items.isEmpty { return try Terminal.say("\(path): no changes to pages and items") }
        try Terminal.say("\(path)\(DatabaseFile(path).exists ? "" : ", a new database"): the configuration would")
        for item in changes.items { try Terminal.say("  \(item.summary)") }
        try configuration.endIfRefused(changes)
    }
}

extension Configuration {
    /// The changes that this configuration would make in the database; nil if the database must be migrated first.
    func pageChanges() throws -> PageChanges? {
        try DatabaseFile(database).preview(pages, ifNew: Self.demoPages, at: Clock.now())
    }

    /// If a server would refuse these changes, prints the reasons and ends the command with exit code 78.
    func endIfRefused(_ changes: PageChanges) throws {
        if !changes.conflicts.isEmpty {
            Terminal.complain(refusal(PagesConflict(changes.conflicts)))
            throw ExitCode.configuration
        }
        if allowsArchiving || changes.hidingEvents.isEmpty { return }
        Terminal.complain(refusal(ArchivingRefused(changes)))
        throw ExitCode.configuration
    }
}

/// `--allow-archiving`, which overrides the configuration.
struct ArchivingOption: ParsableArguments {
    @Flag(
        name: .customLong("allow-archiving"),
        help: "Allow the configuration to archive pages and components that have ongoing incidents or maintenances.")
    var allowsArchiving = false

    func apply(to configuration: inout Configuration) {
        if allowsArchiving { configuration.allowsArchiving = true }
    }
}
