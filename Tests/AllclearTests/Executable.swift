import Foundation
import TestSupport

/// The built `allclear`, run as people run it: by its arguments, its environment and the directory it is in.
struct Executable {
    struct NotBuilt: Error {}

    /// How a run ended, and what it said.
    struct Run {
        /// The exit code; nil if a signal ended it.
        let code: Int32?
        let output: String
        let errors: String
    }

    /// Where it runs, with its database unless told otherwise.
    let directory: TemporaryDirectory
    var environment: [String: String] = [:]
    /// Whether it runs as a user to whom permissions matter, even if the tests run as root.
    var isUnprivileged = false

    init() throws { directory = try TemporaryDirectory() }

    /// Runs a command to its end.
    func run(_ arguments: String...) async throws -> Run { try await start(arguments).end() }

    /// Starts a command.
    func start(_ arguments: [String]) throws -> RunningExecutable {
        // What the tests were started with must not get in the way.
        let inherited = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("ALLCLEAR_") }
        var (location, arguments) = (try Self.location(), arguments)
        if isUnprivileged, getuid() == 0 {
            arguments = ["--reuid=65534", "--regid=65534", "--clear-groups", location.path] + arguments
            location = URL(fileURLWithPath: Self.privilegeDropper)
        }
        return try RunningExecutable(
            location, arguments, environment: inherited.merging(environment) { $1 }, directory: directory)
    }

    private static let privilegeDropper = "/usr/bin/setpriv"

    /// Whether it can be run as such a user.
    static let canBeUnprivileged: Bool = {
        guard getuid() == 0 else { return true }
        guard FileManager.default.isExecutableFile(atPath: privilegeDropper), let location = try? location() else {
            return false
        }
        // Every directory on the way must be open to others.
        var place = location
        while place.path != "/" {
            var status = stat()
            guard stat(place.path, &status) == 0, status.st_mode & 0o001 != 0 else { return false }
            place.deleteLastPathComponent()
        }
        return true
    }()

    /// The executable in the build products, beside what runs these tests.
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

/// A command under way.
final class RunningExecutable {
    /// It did not say in time what was waited for.
    struct Silent: Error { let output, errors: String }

    private let process = Process()
    private let ends: AsyncStream<Int32?>
    private let outputPath: String
    private let errorsPath: String

    fileprivate init(
        _ location: URL, _ arguments: [String], environment: [String: String], directory: TemporaryDirectory
    ) throws {
        // Files rather than pipes, which might fill up, and whose ends other children could inherit.
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

    /// Waits until `find` finds something in what was said.
    @discardableResult
    func wait<Found>(for find: (RunningExecutable) -> Found?) async throws -> Found {
        // Long enough for the busiest machine; only what never comes takes as long.
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
