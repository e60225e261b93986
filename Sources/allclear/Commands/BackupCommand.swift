import ArgumentParser
import Storage

struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy the database to a file. The server may be running.",
        discussion: """
            The copy shows the database at one moment, with every write that was answered by then. Until the copy is \
            complete and checked for damage, its name is FILE.partial. So FILE is never an incomplete or damaged \
            copy. The copy needs no other file, and only its owner may read it.

            Prints a summary of the copy's contents.
            """)

    @OptionGroup var argument: FileArgument

    @Flag(help: "Replace FILE if it exists.")
    var force = false

    @OptionGroup var option: ConfigurationOption

    func run() throws {
        let configuration = try option.load()
        try reportingFailures {
            let contents = try DatabaseFile(configuration.database).backUp(to: argument.database, replacing: force)
            try Terminal.say("\(argument.file): \(contents)")
        }
    }
}
