import Foundation

/// What commands say to whoever runs them.
enum Terminal {
    /// A line on standard output.
    static func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

    /// A line on standard error.
    static func note(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }

    /// What went wrong, on standard error.
    static func complain(_ error: any Error) { note("allclear: \(error)") }
}
