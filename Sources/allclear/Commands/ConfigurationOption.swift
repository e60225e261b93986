import ArgumentParser

/// The option that every command shares: the configuration file.
struct ConfigurationOption: ParsableArguments {
    @Option(
        name: .customLong("config"), help: ArgumentHelp("The configuration file.", valueName: "file"),
        completion: .file())
    var file: String?

    var loader: ConfigurationLoader { ConfigurationLoader(file: file) }

    /// Loads the configuration. If it is invalid, reports every problem and ends the command with exit code 78.
    func load() throws -> Configuration { try Self.checked(loader.load) }

    /// Like `load`, but also checks the files that the configuration names.
    func loadToServe() throws -> Configuration {
        try Self.checked { () throws(InvalidConfiguration) in try loader.loadToServe().configuration }
    }

    /// Returns the result of `body`, or ends the command in the same way as `load`.
    static func checked<Result>(_ body: () throws(InvalidConfiguration) -> Result) throws -> Result {
        do {
            return try body()
        } catch {
            Terminal.complain(error)
            throw ExitCode.configuration
        }
    }
}

extension ExitCode {
    /// EX_CONFIG of sysexits.h.
    static let configuration = ExitCode(78)
}
