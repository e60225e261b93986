import GRDB
import Glibc
import Locking
import Synchronization

/// Why a copy cannot be served or promoted.
public enum StandbyError: Error, Equatable, CustomStringConvertible {
    case missing(path: String)
    case notFollowed(path: String)
    /// A server has opened the file for writing.
    case active(path: String)
    /// Litestream has fetched the copy, and no standby has opened it since.
    case unserved(path: String)
    case followed(path: String, process: Int32)
    case damaged(path: String, problem: String)

    public var description: String {
        switch self {
        case .missing(let path):
            "there is no copy at \(path); start litestream restore -f first, and wait for the copy"
        case .notFollowed(let path):
            "\(path) is not a copy that litestream restore -f keeps up to date: there is no file \(path)-txid; "
                + "start a promoted server without --standby, or fetch a new copy with litestream restore -f"
        case .active(let path):
            "\(path) is not the copy of a standby: it was promoted already, or it was never a copy"
        case .unserved(let path):
            "no standby serves the copy \(path) yet; start allclear serve --standby first"
        case .followed(let path, let process):
            "process \(process) still has \(path) open; stop litestream restore -f first"
        case .damaged(let path, let problem):
            "\(path) is damaged (\(problem)); restore another copy, and start the standby again"
        }
    }
}

/// A standby serves a copy of a database. Litestream writes new pages into the copy's file. It takes SQLite's locks,
/// but SQLite does not notice the change, so a kept connection would use old pages from its memory. So each read opens
/// a new connection.
extension Store {
    static let standbyReason = "this server is a standby"

    /// Opens a copy that Litestream keeps up to date. The store only reads until it is promoted.
    public convenience init(
        standbyAt path: String, checkpoints: Checkpoints? = nil, replication: Replication? = nil,
        notice: @escaping @Sendable (StorageNotice) -> Void = { _ in }
    ) throws {
        let file = DatabaseFile(path)
        if let obstacle = file.obstacle { throw StorageError.cannotOpen(path: path, reason: obstacle) }
        guard file.mayHoldData else { throw StandbyError.missing(path: path) }
        guard FileStatus(of: file.followerMark) != nil else { throw StandbyError.notFollowed(path: path) }
        try Self.prepareCopy(file)
        self.init(closed: file, checkpoints: checkpoints, replication: replication, notice: notice)
    }

    /// Whether the store has a copy and has not been promoted.
    public var isStandby: Bool { doubts.withLock { $0?.cause == .standby } }

    /// A value that changes with each change of the copy.
    public var copyVersion: [Int] {
        let file = DatabaseFile(path)
        return [file.place, file.followerMark].flatMap { FileStatus(of: $0)?.version ?? [] }
    }

    /// When the copy was last changed, in milliseconds since 1970.
    public var copyTime: Int64? { FileStatus(of: DatabaseFile(path).place)?.modification }

    private static func prepareCopy(_ file: DatabaseFile) throws {
        do {
            // A fresh copy is still in WAL mode, in which each read would leave files behind.
            try leaveWAL(of: file)
        } catch let error as DatabaseError {
            throw StorageError.cannotOpen(path: file.path, reason: error.explanation)
        }
        try check(file, upgrades: false)
    }

    /// Accepts a copy that Litestream has fetched again.
    public func adoptCopy() throws {
        let copy = DatabaseFile(path)
        guard isStandby, let status = FileStatus(of: place), FileStatus(of: copy.followerMark) != nil,
            file.withLock({ $0 })?.isSame(as: status) != true
        else { return }
        try Self.prepareCopy(copy)
        file.withLock { $0 = status }
        isClaimed.store(false, ordering: .relaxed)
    }

    /// Opens the copy for writing. From then on, the copy is the database.
    /// - Throws: `StandbyError` or `StorageError`. The store is then still a standby.
    public func promote() throws {
        let file = DatabaseFile(path)
        do {
            guard isStandby else { return }
            try adoptCopy()
            do { try checkPlace() } catch { throw StandbyError.missing(path: path) }
            try file.checkUnfollowed(standby: getpid())
            try checkSoundness(of: file)
            // The claim at the start was for an earlier file.
            if !isClaimed.load(ordering: .relaxed) { try file.claim(sharing: false, waitingFor: 0, waiting: {}) }
            let opened = try Self.openUnmarked(file)
            connections.withExclusiveLock { $0 = opened }
        } catch let error as DatabaseError {
            throw StorageError.cannotOpen(path: path, reason: error.explanation)
        }
        log.reset()
        doubts.withLock { $0 = nil }
    }

    /// Opens the copy for writing. First takes away the file without which Litestream refuses to write into the
    /// database again. If the opening fails before it has written, that file returns, so that the standby can restart.
    private static func openUnmarked(_ file: DatabaseFile) throws -> Connections {
        let mark = file.followerMark
        let aside = mark + ".promoting"
        // An earlier attempt may have taken it away.
        guard rename(mark, aside) == 0 || errno == ENOENT else { throw FileError.last("rename", mark) }
        do {
            let opened = try openUpToDate(file.path)
            unlink(aside)
            return opened
        } catch {
            // The first write of the opening sets WAL mode.
            let mode = try? readCopy(at: file.place) { try String.fetchOne($0, sql: "PRAGMA journal_mode") }
            if mode == "delete" { rename(aside, mark) }
            throw error
        }
    }

    private func checkSoundness(of file: DatabaseFile) throws {
        let problem = try Self.readCopy(at: file.place) { db in
            try String.fetchOne(db, sql: "PRAGMA quick_check(1)") ?? "no answer"
        }
        if problem != "ok" { throw StandbyError.damaged(path: path, problem: problem) }
    }

    /// Lends a connection for reading.
    func withReader<Result>(_ body: (Database) throws -> Result) throws -> Result {
        if isStandby { return try Self.readCopy(at: place, body) }
        return try withConnections { try $0.pool.read(body) }
    }

    private static func readCopy<Result>(at place: String, _ body: (Database) throws -> Result) throws -> Result {
        let connection = try connect(to: place, mayWrite: false)
        defer { try? connection.close() }
        return try connection.read(body)
    }

    private static func leaveWAL(of file: DatabaseFile) throws {
        let connection = try connect(to: file.place, mayWrite: true)
        defer { try? connection.close() }
        try connection.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE") }
    }

    private static func connect(to place: String, mayWrite: Bool) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = !mayWrite
        configuration.label = "allclear.standby"
        configuration.prepareDatabase(Connections.prepare)
        return try DatabaseQueue(path: place, configuration: configuration)
    }
}
