import ArgumentParser
import Storage

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check a database for damage. The server may be running.",
        discussion: """
            Checks that FILE, or else the configured database, was made by allclear, is complete, and is consistent. \
            Changes nothing, so it works on read-only media.

            Prints ok and a summary of the contents. If there are problems, prints every one and exits with 1.
            """)

    @Argument(help: "The path of the file; by default the configured database.", completion: .file())
    var file: String?

    @OptionGroup var option: ConfigurationOption

    func validate() throws { try file.map(FileArgument.check) }

    func run() throws {
        let path = try file ?? option.load().database
        try reportingFailures {
            let contents = try DatabaseFile(path).verify().soundContents(of: path)
            try Terminal.say("ok: \(path): \(contents)")
        }
    }
}
