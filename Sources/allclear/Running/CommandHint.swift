import Foundation

/// Commands to paste into a shell, for messages. They name the database by its absolute path, so they work in any
/// directory.
enum CommandHint {
    /// The command that makes an API key.
    static func makingKey(
        for configuration: Configuration, program: String = CommandLine.arguments[0],
        directory: String = FileManager.default.currentDirectoryPath
    ) -> String {
        let arguments = "keys create --name NAME --role status_page_publisher"
        return command(arguments, for: configuration, program: program, directory: directory)
    }

    /// The command that copies the database.
    static func backingUp(
        _ configuration: Configuration, program: String = CommandLine.arguments[0],
        directory: String = FileManager.default.currentDirectoryPath
    ) -> String {
        command("backup allclear-backup.db", for: configuration, program: program, directory: directory)
    }

    private static func command(
        _ arguments: String, for configuration: Configuration, program: String, directory: String
    ) -> String {
        func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "\(directory)/\(path)" }
        let path = absolute(configuration.database)
        // The shell finds a name without a slash through PATH.
        let program = program.contains("/") ? absolute(program) : program
        return "ALLCLEAR_DATABASE=\(quoted(path)) \(quoted(program)) \(arguments)"
    }

    private static func quoted(_ word: String) -> String {
        let isPlain = word.allSatisfy { $0.isLetter || $0.isNumber || "/._-+=:@%,".contains($0) }
        return isPlain ? word : "'" + word.replacingOccurrences(of: "'", with: "'\\''") + "'"
    }
}
