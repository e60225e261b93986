import ArgumentParser
import HTTPServer

struct HealthCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health", abstract: "Ask the server on this machine whether it is ready.",
        discussion: """
            Requests /readyz. Exit code 0 means ready. Made for the health check of a container.

            Without --address, it asks the address in the configuration: monitoring.listen, or else the first address \
            in listen that serves pages without TLS. If that address cannot be read, it asks ALLCLEAR_LISTEN or the \
            default address. Other problems of the configuration do not matter here. With --address, the check does \
            not depend on the file.
            """)

    @Option(
        help: ArgumentHelp("The address to ask without TLS, as in `listen`: 127.0.0.1:8080, or unix: and a path."))
    var address: String?

    @OptionGroup var option: ConfigurationOption

    func run() throws {
        if let address {
            switch ConfigurationValues.listen(address) {
            case .value(let place): return try ask(place)
            case .problem(let rule): throw ValidationError("--address \(rule); got \(address.quoted).")
            }
        }
        let (configuration, problems) = option.loader.loadWhatIsRight()
        do {
            try ask(try configuration.healthAddress)
        } catch {
            if !problems.isEmpty {
                let hint = "the server may use another address: the configuration has problems; run `allclear check`"
                Terminal.note("allclear: \(hint), or give --address")
            }
            throw error
        }
    }

    private func ask(_ address: SocketAddress) throws {
        let answer: (status: Int, body: String)
        do throws(HealthProbe.Failure) {
            answer = try HealthProbe(address: address).ask()
        } catch {
            Terminal.complain(error)
            throw ExitCode.failure
        }
        guard answer.status == 200 else {
            Terminal.note("allclear: \(address) answered \(answer.status) \(answer.body)")
            throw ExitCode.failure
        }
        try Terminal.say(answer.body)
    }
}

extension Configuration {
    /// An address at which the server answers without TLS.
    fileprivate var healthAddress: SocketAddress {
        get throws {
            // If no address in the list is valid, the default is the best guess.
            let listen = listen.isEmpty ? Configuration().listen : listen
            let plain = listen.first { $0.tls == nil && $0.redirectPort == nil }
            if let address = monitoring.listen ?? plain?.address { return address }
            Terminal.note(
                "allclear: no address in listen serves pages without TLS; configure monitoring.listen or give --address"
            )
            throw ExitCode.failure
        }
    }
}
