import Foundation
import Glibc

extension DatabaseFile {
    /// The file in which `litestream restore -f` keeps the last transaction that it wrote into the copy.
    var followerMark: String { place + "-txid" }

    /// Why only a standby may use the file, if it is a copy that Litestream keeps up to date.
    var follower: String? {
        guard exists, FileStatus(of: followerMark) != nil else { return nil }
        return
            "litestream restore -f keeps this copy up to date, as \(followerMark) shows; use allclear serve --standby and "
            + "allclear promote, or stop Litestream and remove that file"
    }

    /// Makes sure that Litestream does not write into the file any more. This finds only processes of the same user. As
    /// root it finds those of all users, but none in other containers.
    /// - Parameter standby: the process that serves the copy.
    /// - Throws: `StandbyError.followed` if another process has the file open.
    public func checkUnfollowed(standby: Int32) throws {
        if let process = user(otherThan: [standby, getpid()]) {
            throw StandbyError.followed(path: path, process: process)
        }
    }

    private func user(otherThan known: [Int32]) -> Int32? {
        guard let status = FileStatus(of: place) else { return nil }
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return processes.compactMap { Int32($0) }.first { process in
            guard !known.contains(process) else { return false }
            let directory = "/proc/\(process)/fd"
            let descriptors = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
            return descriptors.contains { FileStatus(of: "\(directory)/\($0)")?.isSame(as: status) == true }
        }
    }

    /// Whether the file is in WAL mode. A server that opens a file for writing puts it into this mode. A standby takes
    /// its copy out of it.
    public var isInWALMode: Bool {
        guard let file = FileHandle(forReadingAtPath: place) else { return false }
        defer { try? file.close() }
        let header = (try? file.read(upToCount: 20)) ?? Data()
        return header.count == 20 && header[18] == 2
    }

    /// Makes sure that a standby has opened the copy, and that it was not promoted yet.
    /// - Throws: `StandbyError.active` or `StandbyError.unserved`.
    public func checkServedByStandby() throws {
        guard isInWALMode else { return }
        throw follower == nil ? StandbyError.active(path: path) : StandbyError.unserved(path: path)
    }

    /// The last heartbeat in the database.
    public func heartbeat() throws -> Heartbeat? { try read { try ReadTransaction($0).heartbeat() } }

    /// The identity of the server on this disk: a random text. It is in a file next to the database, so no copy of the
    /// database contains it. Makes the file if it is missing.
    public func serverIdentity() throws -> String {
        let path = place + "-server"
        if let text = try? String(contentsOfFile: path, encoding: .utf8), !text.isEmpty { return text }
        let identity = String(UInt64.random(in: 0 ... .max), radix: 16)
        do {
            try Data(identity.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw StorageError.cannotOpen(path: self.path, reason: "\(path) cannot be written: \(error)")
        }
        return identity
    }
}
