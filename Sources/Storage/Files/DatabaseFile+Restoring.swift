import GRDB
import Glibc
public import StatusPages

/// The result of restoring a database.
public struct Restoration: Sendable {
    /// The contents of the database now.
    public let contents: DatabaseContents
    /// The paths at which the old database, its WAL and its journal are kept, as far as they existed.
    public let kept: [String]
}

extension DatabaseFile {
    /// Restores a copy of a backup to this path. If that fails, the old files have their names and contents. There is
    /// one exception: the fsync of the directory, at the end, may fail. The backup is in place then, but a power
    /// failure may undo that. The old files are kept under their second names.
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
            return Restoration(contents: contents, kept: [])
        }
        return try alone {
            let partial = try PartialFile(for: self)
            if let old = FileStatus(of: place) { try partial.resemble(old) }
            let contents = try backup.write(to: partial)
            var kept = KeptFiles()
            do {
                try kept.add(filesOf: self, at: now)
                try partial.publish(replacing: true)
            } catch {
                if !partial.isPublished { kept.putBack() }
                throw error
            }
            return Restoration(contents: contents, kept: kept.paths)
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
}

/// The files of a database that is being replaced, under their second names.
private struct KeptFiles {
    /// A hard link to the old database, so that there is a database at its path at every moment.
    private var database: String?
    /// The WAL and the journal, which are renamed.
    private var companions: [(old: String, new: String)] = []

    var paths: [String] { (database.map { [$0] } ?? []) + companions.map(\.new) }

    /// - Throws: `FileError`. The files before that one have their second names then.
    mutating func add(filesOf file: DatabaseFile, at now: Timestamp) throws {
        // Some tools give colons in a file name a special meaning.
        let name = "\(file.place).replaced-\(now.rfc3339.filter { $0 != "-" && $0 != ":" })"
        if file.exists {
            if link(file.place, name) != 0 { throw FileError.last("keep the old database as", name) }
            database = name
        }
        for companion in file.presentCompanions {
            let (old, new) = (file.place + companion, name + companion)
            if rename(old, new) != 0 { throw FileError.last("keep the old database's WAL or journal as", new) }
            companions.append((old, new))
        }
    }

    /// Undoes `add`, as far as it came.
    func putBack() {
        for companion in companions { rename(companion.new, companion.old) }
        if let database { unlink(database) }
    }
}
