import ArgumentParser
import Glibc

struct ReloadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload", abstract: "Validate the configuration, then make a running server reload it.",
        discussion: """
            If the configuration is invalid, or would archive a page or component with ongoing events, prints every \
            problem and exits with 78. The server is then not signalled. Otherwise sends SIGHUP to the server and \
            does not wait for the result. The server logs `configuration applied`, or the reason why it kept the old \
            configuration.

            In a container, PID is 1.
            """)

    @Argument(help: ArgumentHelp("The process ID of the server.", valueName: "pid"))
    var process: Int32

    @OptionGroup var archiving: ArchivingOption

    @OptionGroup var option: ConfigurationOption

    func validate() throws {
        // kill(2) takes zero and negative numbers for process groups.
        if process <= 0 { throw ValidationError("The process ID must be positive; got \(process).") }
    }

    func run() throws {
        var configuration = try option.loadToServe()
        archiving.apply(to: &configuration)
        // If the database cannot be read here, the server checks the changes itself and reports the error.
        if let changes = try? configuration.pageChanges() { try configuration.endIfRefused(changes) }
        guard kill(process, SIGHUP) == 0 else {
            Terminal.note("allclear: cannot signal process \(process): \(String(cString: strerror(errno)))")
            throw ExitCode.failure
        }
        // The server may have been started with another file and then reloads that one, so print which file was
        // checked.
        try Terminal.say(
            "\(option.loader.path ?? "the built-in configuration") is valid; sent SIGHUP to process \(process)")
    }
}
