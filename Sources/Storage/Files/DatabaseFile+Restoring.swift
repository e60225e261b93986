import GRDB
import Glibc
public import StatusPages

/// What became of a database that was restored.
public struct Restoration: Sendable {
    /// What it holds now.
    public let contents: DatabaseContents
    /// Where what was there before is kept, if there was anything.
    public let kept: String?
}

extension DatabaseFile {
    /// Puts a copy of a backup here. Nothing is changed unless that can be done.
    /// - Parameters:
    ///   - replacing: whether it may take the place of a database, which then is kept beside it.
    ///   - now: what the old database is named after.
    /// - Throws: `StorageError` about a file that is no database this version knows, `FileError` else.
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

    /// What it holds, for one who is about to restore it.
    private func soundBackup() throws -> DatabaseContents {
        do {
            return try soundContents()
        } catch StorageError.cannotOpen(_, let reason) where reason.hasSuffix(DatabaseError.adviceOnDamage) {
            let damage = reason.dropLast(DatabaseError.adviceOnDamage.count)
            throw StorageError.cannotOpen(path: path, reason: "\(damage); restore another one")
        }
    }

    /// Whether a database is here, or what one has left behind.
    private var isTaken: Bool { exists || !presentCompanions.isEmpty }

    /// Gives what is here a second name, and what lies beside it another.
    /// - Returns: that name.
    private func keep(at now: Timestamp) throws -> String {
        // No colons, which are more than a part of a name to some tools.
        let kept = "\(place).replaced-\(now.rfc3339.filter { $0 != "-" && $0 != ":" })"
        // Two names, so that at every moment there is a database at this place.
        if exists, link(place, kept) != 0 { throw FileError.last("keep the old database as", kept) }
        for companion in presentCompanions where rename(place + companion, kept + companion) != 0 {
            throw FileError.last("keep the old database's log as", kept + companion)
        }
        return kept
    }
}
