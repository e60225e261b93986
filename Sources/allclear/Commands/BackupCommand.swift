import ArgumentParser
import Storage

struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy the database to a file, while the server runs or not.",
        discussion: """
            The copy is the database as it is at one moment, with every write that was answered before. It is looked \
            through before it gets its name, so that FILE is a whole, sound database or is not there; until then it is \
            FILE.partial. It needs no other file beside it, and only its owner may read it.

            Prints what the copy holds.
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
