import ArgumentParser
import Glibc
import Storage

struct PromoteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote", abstract: "Make a standby the active server.",
        discussion: """
            First stop the active server, and make sure that it cannot come back. Then stop litestream restore -f. \
            The command sends SIGUSR1 to the standby, which checks its copy and opens it for writing. The command \
            waits for that.

            If the copy's last heartbeat is younger than 10 s, the active server may still run. The command then \
            refuses, except with --force.

            Afterwards start litestream replicate with a new replica path.
            """)

    @Argument(help: ArgumentHelp("The process ID of the standby.", valueName: "pid"))
    var process: Int32

    @Flag(help: "Promote even if the active server wrote a moment ago.")
    var force = false

    @OptionGroup var option: ConfigurationOption

    func validate() throws {
        if process <= 0 { throw ValidationError("The process ID must be positive; got \(process).") }
    }

    func run() throws {
        let database = DatabaseFile(try option.load().database)
        try reportingFailures {
            try database.checkServedByStandby()
            try database.checkUnfollowed(standby: process)
            if !force { try Fence.check(database.heartbeat(), identity: nil, at: Clock.now()) }
        }
        guard kill(process, SIGUSR1) == 0 else {
            Terminal.note("allclear: cannot signal process \(process): \(String(cString: strerror(errno)))")
            throw ExitCode.failure
        }
        for _ in 0..<600 {
            if database.isInWALMode { return try Terminal.say("\(database.path): promoted") }
            usleep(50_000)
        }
        Terminal.note("allclear: the standby was not promoted within 30 s; its log says why")
        throw ExitCode.failure
    }
}
