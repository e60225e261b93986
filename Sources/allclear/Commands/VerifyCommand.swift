import ArgumentParser
import Storage

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Look through a database for damage, while the server runs or not.",
        discussion: """
            Checks that FILE, or else the configured database, is one of this program's, whole, and in keeping with \
            itself. Changes nothing, so it works on read-only media.

            Prints ok and what the database holds, or every problem; then it ends with 1.
            """)

    @Argument(help: "The path of the file; the configured database if there is none.", completion: .file())
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
