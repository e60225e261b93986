import ArgumentParser
import Glibc

/// What commands say to whoever runs them.
enum Terminal {
    /// A line on standard output.
    /// - Throws: if it cannot be written, since it is what the command was run for.
    static func say(_ line: String) throws {
        if !LogSink.write(Array((line + "\n").utf8), to: STDOUT_FILENO) {
            note("allclear: cannot write to standard output: \(String(cString: strerror(errno)))")
            throw ExitCode.failure
        }
    }

    /// A line on standard error, if that can be written.
    static func note(_ line: String) { LogSink.write(Array((line + "\n").utf8), to: STDERR_FILENO) }

    /// What went wrong, on standard error.
    static func complain(_ error: any Error) { note("allclear: \(error)") }
}
