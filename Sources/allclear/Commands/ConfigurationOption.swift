import ArgumentParser

/// Where every command finds its configuration.
struct ConfigurationOption: ParsableArguments {
    @Option(
        name: .customLong("config"), help: ArgumentHelp("The configuration file.", valueName: "file"),
        completion: .file())
    var file: String?

    var loader: ConfigurationLoader { ConfigurationLoader(file: file) }

    /// The configuration, or the end of the command with every problem told and exit code 78.
    func load() throws -> Configuration { try Self.checked(loader.load) }

    /// The same, with the files that it names checked too.
    func loadToServe() throws -> Configuration {
        try Self.checked { () throws(InvalidConfiguration) in try loader.loadToServe().configuration }
    }

    /// What `body` makes of the configuration, or the end of the command like `load`.
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
