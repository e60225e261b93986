import ArgumentParser
import BuildInfo
import Glibc

// Every command has a `commandName`. Otherwise ArgumentParser derives the names of all commands from their types,
// whichever command runs. That took a tenth of a command's processor time.
@main
struct Allclear: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "allclear",
        abstract: "A self-hosted status page server.",
        discussion: """
            Serves incident.io's Status Page API (/v1, /v2) and Widget API (PAGE/api/v1/summary) from one binary and \
            one SQLite file.

            The option --config names the configuration file. Without it, ALLCLEAR_CONFIG names the file. Without \
            both, the file is ./config.json. If that does not exist, the server uses a built-in configuration with a \
            demo page.

            These environment variables override the file: ALLCLEAR_LISTEN, ALLCLEAR_PUBLIC_URL, ALLCLEAR_DATABASE, \
            ALLCLEAR_LOG_LEVEL, ALLCLEAR_LOG_FORMAT. ALLCLEAR_BOOTSTRAP_TOKEN sets the token of the first key, and \
            ALLCLEAR_BOOTSTRAP_TOKEN_FILE names a file that contains it. ALLCLEAR_MAIL_PASSWORD is the password for the \
            mail relay.

            Exit codes: 0 success, 64 wrong usage, 78 invalid configuration, 1 any other error.
            """,
        version: BuildInfo.description,
        subcommands: [
            ServeCommand.self, PagesCommand.self, IncidentsCommand.self, MaintenancesCommand.self, KeysCommand.self,
            CheckCommand.self,
            ReloadCommand.self, PromoteCommand.self, HealthCommand.self, BackupCommand.self, RestoreCommand.self,
            VerifyCommand.self, MailCommand.self, SubscribersCommand.self, DeliveriesCommand.self,
            AuditCommand.self, UsersCommand.self,
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
