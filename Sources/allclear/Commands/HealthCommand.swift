import ArgumentParser
import HTTPServer

struct HealthCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health", abstract: "Ask the server on this machine whether it can serve.",
        discussion: """
            Asks for /readyz where the configuration says that the server listens: at monitoring.listen, else at the \
            first address that is not for TLS. Exit code 0 means ready. Made for the health check of a container.
            """)

    @OptionGroup var option: ConfigurationOption

    func run() throws {
        let configuration = try option.load()
        let plain = configuration.listen.first { $0.tls == nil && $0.redirectPort == nil }
        guard let address = configuration.monitoring.listen ?? plain?.address else {
            Terminal.note("allclear: there is no address without TLS to ask at; configure monitoring.listen")
            throw ExitCode.failure
        }
        let answer: (status: Int, body: String)
        do throws(HealthProbe.Failure) {
            answer = try HealthProbe.ask(address)
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
