import Glibc

/// Why a database was not copied or replaced. Existing files stay unchanged.
public enum FileError: Error, Equatable, CustomStringConvertible {
    /// A file with this name already exists.
    case exists(path: String)
    /// There is no database, but the WAL or journal of one.
    case leftovers(path: String, names: [String])
    /// The existing file is not a regular file, so it cannot be replaced.
    case notRegular(path: String, kind: String)
    /// The directory for the file does not exist.
    case noDirectory(path: String, directory: String)
    /// The database would be written over itself.
    case sameFile(path: String)
    /// There is a WAL or journal that SQLite would apply to the new file.
    case companion(path: String, companion: String)
    /// Another process has the database open.
    case inUse(path: String)
    /// Another process is writing the same file.
    case beingWritten(path: String)
    /// The file is damaged, or breaks rules that this program keeps.
    case unsound(path: String, problems: [String])
    case failed(action: String, path: String, code: Int32)

    public var description: String {
        switch self {
        case .exists(let path): "\(path) already exists; replace it with --force, or name another file"
        case .leftovers(let path, let names):
            "found \(names.map { path + $0 }.joined(separator: ", ")) without a database; "
                + "restore the database, choose another name, or use --force to move these files away"
        case .notRegular(let path, let kind):
            "\(path) is \(kind); name a \(kind == "a directory" ? "file in it" : "regular file")"
        case .noDirectory(let path, let directory):
            "cannot create \(path): the directory \(directory) does not exist; create it, or name another file"
        case .sameFile(let path): "\(path) is the database itself; choose another name"
        case .companion(let path, let companion):
            "\(companion) exists, and SQLite would use it as part of \(path); remove it, or choose another name"
        case .inUse(let path):
            "another process has \(path) open; stop the server and any other program that uses it first"
        case .beingWritten(let path): "another process is writing \(path); wait for it, or choose another name"
        case .unsound(let path, let problems):
            (["\(path) failed verification:"] + problems.map { "  \($0)" }).joined(separator: "\n")
        case .failed(let action, let path, let code): "cannot \(action) \(path): \(String(cString: strerror(code)))"
        }
    }

    /// The error of the system call that has just failed.
    static func last(_ action: String, _ path: String) -> FileError { failed(action: action, path: path, code: errno) }
}
