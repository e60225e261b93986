import CFaultyDisk
import CSQLite

/// A directory for databases on a simulated disk. The disk fails on command, and tracks what would survive a power
/// failure.
public final class FaultyDisk: Sendable {
    /// The operations that fail, on these files, with this error.
    public struct Fault: Sendable, CustomStringConvertible {
        public enum Files: Int32, Sendable {
            case database = 1
            case log, both
        }
        public enum Operation: Int32, Sendable {
            case read = 1
            case write = 2
            case sync = 4
            case open = 8
            case sharedMemory = 16
        }

        public let operation: Operation
        public let files: Files
        public let code: Int32

        public static func read(_ files: Files) -> Fault { Fault(operation: .read, files: files, code: ioError(1)) }
        /// Half of the data is written.
        public static func write(_ files: Files) -> Fault { Fault(operation: .write, files: files, code: ioError(3)) }
        public static func full(_ files: Files) -> Fault { Fault(operation: .write, files: files, code: SQLITE_FULL) }
        public static func sync(_ files: Files) -> Fault { Fault(operation: .sync, files: files, code: ioError(4)) }
        public static func open(_ files: Files) -> Fault {
            Fault(operation: .open, files: files, code: SQLITE_CANTOPEN)
        }
        /// The WAL's index.
        public static let index = Fault(operation: .sharedMemory, files: .both, code: ioError(21))

        /// SQLite's extended codes are C macro expressions, which Swift does not import.
        private static func ioError(_ number: Int32) -> Int32 { SQLITE_IOERR | number << 8 }

        public var description: String { "\(operation) of \(files): \(code)" }
    }

    public let directory: TemporaryDirectory

    public init() throws {
        directory = try TemporaryDirectory()
        precondition(faulty_disk_install() != 0, "there is no VFS")
        faulty_disk_watch(directory.path)
    }

    deinit { faulty_disk_forget(directory.path) }

    /// - Parameters:
    ///   - after: how many operations succeed first.
    ///   - times: how many operations fail; by default all of them.
    public func fail(_ fault: Fault, after: Int = 0, times: Int = -1) {
        faulty_disk_fail(
            directory.path, fault.files.rawValue, fault.operation.rawValue, fault.code, Int32(after), Int32(times))
    }

    /// - Returns: how many operations failed.
    @discardableResult
    public func heal() -> Int { Int(faulty_disk_heal(directory.path)) }

    /// The files that would be left after a power failure now. The disk itself keeps working.
    public func losePower(seed: UInt32) throws -> TemporaryDirectory {
        let left = try TemporaryDirectory()
        precondition(faulty_disk_lose_power(directory.path, left.path, seed) != 0, "cannot write what is left")
        return left
    }
}
