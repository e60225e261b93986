import Foundation
import TestSupport

/// The built `allclear`, run as a user would run it: with arguments, environment variables and a working directory.
struct Executable {
    struct NotBuilt: Error {}

    /// The exit code and the output of a run.
    struct Run {
        /// The exit code; nil if a signal ended it.
        let code: Int32?
        let output: String
        let errors: String
    }

    /// The working directory. It also holds the database unless a test says otherwise.
    let directory: TemporaryDirectory
    var environment: [String: String] = [:]
    /// Whether it runs as an unprivileged user, even if the tests run as root.
    var isUnprivileged = false

    init() throws { directory = try TemporaryDirectory() }

    /// Runs a command to its end.
    func run(_ arguments: String...) async throws -> Run { try await start(arguments).end() }

    func start(_ arguments: [String]) throws -> RunningExecutable {
        // Remove the variables with which the tests were started.
        var variables = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("ALLCLEAR_") }
        // The system chooses the port, because another program may use the default one.
        if arguments.first == "serve" { variables["ALLCLEAR_LISTEN"] = "127.0.0.1:0" }
        variables.merge(environment) { $1 }
        var (location, arguments) = (try Self.location(), arguments)
        if isUnprivileged, getuid() == 0 {
            arguments = ["--reuid=65534", "--regid=65534", "--clear-groups", location.path] + arguments
            location = URL(fileURLWithPath: Self.privilegeDropper)
        }
        return try RunningExecutable(location, arguments, environment: variables, directory: directory)
    }

    private static let privilegeDropper = "/usr/bin/setpriv"

    /// Whether an unprivileged user can run it.
    static let canBeUnprivileged: Bool = {
        guard getuid() == 0 else { return true }
        guard FileManager.default.isExecutableFile(atPath: privilegeDropper), let location = try? location() else {
            return false
        }
        // Other users must be able to enter every directory of the path.
        var place = location
        while place.path != "/" {
            var status = stat()
            guard stat(place.path, &status) == 0, status.st_mode & 0o001 != 0 else { return false }
            place.deleteLastPathComponent()
        }
        return true
    }()

    /// The executable in the build products, next to the running test bundle.
    private static func location() throws -> URL {
        let tests = Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])
        var directory = tests.resolvingSymlinksInPath().deletingLastPathComponent()
        while directory.path != "/" {
            let candidate = directory.appendingPathComponent("allclear")
            var isDirectory = ObjCBool(false)
            let exists = FileManager.default.fileExists(atPath: candidate.path, isDirectory: &isDirectory)
            if exists, !isDirectory.boolValue { return candidate }
            directory.deleteLastPathComponent()
        }
        throw NotBuilt()
    }
}

/// A running command.
final class RunningExecutable {
    /// The expected output did not appear in time.
    struct Silent: Error { let output, errors: String }

    private let process = Process()
    private let ends: AsyncStream<Int32?>
    private let outputPath: String
    private let errorsPath: String

    fileprivate init(
        _ location: URL, _ arguments: [String], environment: [String: String], directory: TemporaryDirectory
    ) throws {
        // Use files, not pipes. Pipes could fill up, and other child processes could inherit their ends.
        let name = UUID().uuidString
        outputPath = try directory.write("", to: "\(name).out")
        errorsPath = try directory.write("", to: "\(name).err")
        let (ends, end) = AsyncStream<Int32?>.makeStream()
        self.ends = ends
        process.executableURL = location
        process.arguments = arguments
        process.environment = environment
        process.currentDirectoryURL = URL(fileURLWithPath: directory.path)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: outputPath)
        process.standardError = FileHandle(forWritingAtPath: errorsPath)
        process.terminationHandler = { process in
            end.yield(process.terminationReason == .exit ? process.terminationStatus : nil)
            end.finish()
        }
        try process.run()
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    var output: String { Self.text(outputPath) }
    var errors: String { Self.text(errorsPath) }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Waits for the end.
    func end() async -> Executable.Run {
        let code = await ends.first { _ in true } ?? nil
        return Executable.Run(code: code, output: output, errors: errors)
    }

    /// Waits until `find` finds something in the output.
    @discardableResult
    func wait<Found>(for find: (RunningExecutable) -> Found?) async throws -> Found {
        // Long enough for the busiest machine. Only a failing test waits that long.
        for _ in 0..<6_000 {
            if let found = find(self) { return found }
            guard process.isRunning else { break }
            try await Task.sleep(for: .milliseconds(10))
        }
        if let found = find(self) { return found }
        throw Silent(output: output, errors: errors)
    }

    private static func text(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }
}
