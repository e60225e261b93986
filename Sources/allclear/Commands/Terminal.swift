import ArgumentParser
import Glibc

/// The output of commands for the user.
enum Terminal {
    /// Writes a line to standard output.
    /// - Throws: if the line cannot be written. The user ran the command to get this output.
    static func say(_ line: String) throws {
        if !LogSink.write(Array((line + "\n").utf8), to: STDOUT_FILENO) {
            note("allclear: cannot write to standard output: \(String(cString: strerror(errno)))")
            throw ExitCode.failure
        }
    }

    /// Writes a line to standard error. Ignores a failure.
    static func note(_ line: String) { LogSink.write(Array((line + "\n").utf8), to: STDERR_FILENO) }

    /// Reports an error on standard error.
    static func complain(_ error: any Error) { note("allclear: \(error)") }

    /// Escapes control characters, so that a text cannot look like another line.
    static func printable(_ text: String) -> String {
        text.unicodeScalars.map { $0.properties.generalCategory == .control ? $0.escaped(asASCII: true) : "\($0)" }
            .joined()
    }
}
