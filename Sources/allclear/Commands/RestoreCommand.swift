import ArgumentParser
import Storage

struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Make a backup the database, while the server is stopped.",
        discussion: """
            FILE is looked through first, and copied, not moved. A backup of an older version is brought up to date by \
            the next start. While a server, or anything else, has the database open, nothing is done.

            Prints what the database holds then and, with --force, where the one from before is kept.
            """)

    @OptionGroup var argument: FileArgument

    @Flag(help: "Replace the database if there is one. It is kept beside the new one, with the time in its name.")
    var force = false

    @OptionGroup var option: ConfigurationOption

    func run() throws {
        let configuration = try option.load()
        try reportingFailures {
            let restoration = try DatabaseFile(configuration.database).restore(
                argument.database, replacing: force, at: Clock.now())
            try Terminal.say("\(configuration.database): \(restoration.contents)")
            if let kept = restoration.kept { try Terminal.say("What was there before is kept as \(kept)") }
        }
    }
}
