import GRDB
import Glibc
public import StatusPages

/// The result of restoring a database.
public struct Restoration: Sendable {
    /// The contents of the database now.
    public let contents: DatabaseContents
    /// The path at which the old database is kept; nil if there was none.
    public let kept: String?
}

extension DatabaseFile {
    /// Restores a copy of a backup to this path. If that fails, nothing has changed.
    /// - Parameters:
    ///   - replacing: whether to replace an existing database. The old one is then kept next to the new one.
    ///   - now: the time in the name of the old database.
    /// - Throws: `StorageError` if the backup is not a database that this version knows, or if this process cannot use
    ///   the path; otherwise `FileError`.
    public func restore(_ backup: DatabaseFile, replacing: Bool, at now: Timestamp) throws -> Restoration {
        if isSame(as: backup) { throw FileError.sameFile(path: backup.path) }
        if let obstacle { throw StorageError.cannotOpen(path: path, reason: obstacle) }
        if !replacing, isTaken {
            throw exists ? FileError.exists(path: path) : FileError.leftovers(path: path, names: presentCompanions)
        }
        _ = try backup.soundBackup()
        guard isTaken else {
            let partial = try PartialFile(for: self)
            try partial.giveToOwnerOfDirectory()
            let contents = try backup.write(to: partial)
            try partial.publish(replacing: false)
            return Restoration(contents: contents, kept: nil)
        }
        return try alone {
            let partial = try PartialFile(for: self)
            if let old = FileStatus(of: place) { try partial.resemble(old) }
            let contents = try backup.write(to: partial)
            let kept = try keep(at: now)
            try partial.publish(replacing: true)
            return Restoration(contents: contents, kept: kept)
        }
    }

    /// The contents of the backup. Errors about damage suggest another backup.
    private func soundBackup() throws -> DatabaseContents {
        do {
            return try soundContents()
        } catch StorageError.cannotOpen(_, let reason) where reason.hasSuffix(DatabaseError.adviceOnDamage) {
            let damage = reason.dropLast(DatabaseError.adviceOnDamage.count)
            throw StorageError.cannotOpen(path: path, reason: "\(damage); use another backup")
        }
    }

    /// Whether this path has a database, or the WAL or journal of one.
    private var isTaken: Bool { exists || !presentCompanions.isEmpty }

    /// Gives the old database a second name, and renames its WAL and journal to match.
    /// - Returns: the second name of the database.
    private func keep(at now: Timestamp) throws -> String {
        // Some tools give colons in a file name a special meaning.
        let kept = "\(place).replaced-\(now.rfc3339.filter { $0 != "-" && $0 != ":" })"
        // A hard link, so that there is a database at this path at every moment.
        if exists, link(place, kept) != 0 { throw FileError.last("keep the old database as", kept) }
        for companion in presentCompanions where rename(place + companion, kept + companion) != 0 {
            throw FileError.last("keep the old database's WAL or journal as", kept + companion)
        }
        return kept
    }
}
