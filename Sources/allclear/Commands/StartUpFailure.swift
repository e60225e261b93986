import ArgumentParser
import HTTPServer
import Logging
import StatusPages

/// Reports on standard error, in the format of the log, why a server cannot start or continue.
struct StartUpFailure {
    let format: Configuration.LogFormat

    /// Reports an error. An `ExitCode` is not reported, because its cause has been reported already.
    /// - Returns: the exit code that ends the command.
    func end(_ error: any Error, isTakingOver: Bool = false) -> ExitCode {
        switch error {
        case let code as ExitCode: return code
        case is InvalidConfiguration, is InheritedSockets.Unusable:
            report(error)
            return .configuration
        case let error as ServerStartError where error.isAddressInUse:
            let advice =
                isTakingOver
                ? "--take-over works only with an allclear server that runs as the same user"
                : "stop the process that listens there, or use --take-over if it is allclear"
            report(error, advice: advice)
        default: report(error)
        }
        return .failure
    }

    private func report(_ error: any Error, advice: String? = nil) {
        // Write earlier log lines first.
        LogSink.standardError.flush()
        let text = advice.map { "\(error); \($0)" } ?? "\(error)"
        switch (format, error) {
        case (.text, _): Terminal.note("allclear: \(text)")
        case (.json, let error as InvalidConfiguration):
            for problem in error.problems {
                note("the configuration is invalid", ["file": "\(error.file ?? "none")", "problem": "\(problem)"])
            }
        case (.json, _): note(text)
        }
    }

    private func note(_ message: String, _ metadata: Logger.Metadata = [:]) {
        let handler = LineLogHandler(LogLevel(.critical), format: .json)
        Terminal.note(handler.line(Clock.now().rfc3339, .critical, "\(message)", metadata))
    }
}
