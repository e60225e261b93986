import ArgumentParser
import Glibc

@main
struct Allclear: ParsableCommand {
    static let versionNumber = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "allclear",
        abstract: "A self-hosted status page server.",
        discussion: """
            Speaks incident.io's Status Page API (/v1, /v2) and Widget API (PAGE/api/v1/summary) from one binary and \
            one SQLite file.

            The configuration is the file named by --config, else by ALLCLEAR_CONFIG, else ./config.json, else a \
            built-in one with a page to try things on. These variables override the file: ALLCLEAR_LISTEN, \
            ALLCLEAR_PUBLIC_URL, ALLCLEAR_DATABASE, ALLCLEAR_LOG_LEVEL, ALLCLEAR_LOG_FORMAT. ALLCLEAR_BOOTSTRAP_TOKEN, \
            or ALLCLEAR_BOOTSTRAP_TOKEN_FILE with the path of a file, is the token of the first key.

            Exit codes: 0 success, 64 wrong usage, 78 wrong configuration, 1 anything else.
            """,
        version: versionNumber,
        subcommands: [
            ServeCommand.self, KeysCommand.self, CheckCommand.self, ReloadCommand.self, HealthCommand.self,
            BackupCommand.self,
            RestoreCommand.self, VerifyCommand.self,
        ])

    static func main() {
        StandardDescriptors.occupy()
        // Dispatch asks for higher thread priorities, and logs to syslog that an ordinary user may not have them. It
        // reads this variable before its first report.
        setenv("LIBDISPATCH_LOG", "NO", 0)
        if let script = HelpCompletion.script(for: CommandLine.arguments.dropFirst()) {
            print(script)
        } else {
            main(nil)
        }
    }
}
