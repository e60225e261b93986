import Logging
import StatusPages

/// Reports on standard error, in the format of the log, why a server cannot start or continue.
struct StartUpFailure {
    let format: Configuration.LogFormat

    func report(_ error: any Error, advice: String? = nil) {
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
