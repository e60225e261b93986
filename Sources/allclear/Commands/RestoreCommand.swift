import ArgumentParser
import Storage

struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Replace the database with a backup, while the server is stopped.",
        discussion: """
            Checks FILE for damage first, then copies it. FILE itself stays. The next start migrates a backup of an \
            older version. If a server or another program has the database open, the command changes nothing and \
            fails.

            Prints a summary of the restored database's contents and, with --force, the new paths of the previous \
            database and its WAL.
            """)

    @OptionGroup var argument: FileArgument

    @Flag(help: "Replace an existing database. The old one stays in the same directory, with the time in its name.")
    var force = false

    @OptionGroup var option: ConfigurationOption

    func run() throws {
        let configuration = try option.load()
        try reportingFailures {
            let restoration = try DatabaseFile(configuration.database).restore(
                argument.database, replacing: force, at: Clock.now())
            try Terminal.say("\(configuration.database): \(restoration.contents)")
            for path in restoration.kept { try Terminal.say("Kept the previous file as \(path)") }
        }
    }
}
