import Foundation

/// The command that makes an API key, for messages.
enum KeyHint {
    /// A shell command. It names the database by its absolute path, so it works in any directory.
    static func command(
        for configuration: Configuration, program: String = CommandLine.arguments[0],
        directory: String = FileManager.default.currentDirectoryPath
    ) -> String {
        func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "\(directory)/\(path)" }
        let path = absolute(configuration.database)
        // The shell finds a name without a slash through PATH.
        let program = program.contains("/") ? absolute(program) : program
        let create = "keys create --name NAME --role status_page_publisher"
        return "ALLCLEAR_DATABASE=\(quoted(path)) \(quoted(program)) \(create)"
    }

    private static func quoted(_ word: String) -> String {
        let isPlain = word.allSatisfy { $0.isLetter || $0.isNumber || "/._-+=:@%,".contains($0) }
        return isPlain ? word : "'" + word.replacingOccurrences(of: "'", with: "'\\''") + "'"
    }
}
