import ArgumentParser
import Storage

/// A database file named on the command line.
struct FileArgument: ParsableArguments {
    @Argument(help: "The path of the file.", completion: .file())
    var file: String

    var database: DatabaseFile { DatabaseFile(file) }

    func validate() throws { try Self.check(file) }

    static func check(_ file: String) throws {
        if file == "-" { throw ValidationError("Name a file: a database cannot be read from or written to a pipe.") }
        if file.isEmpty { throw ValidationError("Name a file.") }
    }
}

/// Runs the work of a command. If it fails, reports the error and ends the command with exit code 1.
func reportingFailures(_ body: () throws -> Void) throws {
    do {
        try body()
    } catch let error as ExitCode {
        throw error
    } catch {
        Terminal.complain(error)
        throw ExitCode.failure
    }
}
