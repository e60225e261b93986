import GRDB
import Glibc

extension DatabaseFile {
    /// Copies the database as it is at one moment to a file of its own, which is whole and on disk when this returns,
    /// or is not there. A server may go on writing to it.
    /// - Parameter replacing: whether the copy may take the place of a file.
    /// - Returns: what the copy holds.
    /// - Throws: `StorageError` about the database, `FileError` about the copy.
    public func backUp(to copy: DatabaseFile, replacing: Bool) throws -> DatabaseContents {
        try copy.checkDestination(of: self, replacing: replacing)
        try read { try Ownership.checkContents($0, path: path) }
        let partial = try PartialFile(for: copy)
        let contents = try write(to: partial)
        try partial.publish(replacing: replacing)
        return contents
    }

    /// Writes a copy of the database to disk, and looks whether it is sound.
    ///
    /// `VACUUM INTO` reads one snapshot, as any reader does, so it ends however much is written meanwhile, and holds up
    /// no writer. The backup interface of SQLite begins again whenever another process has written. The copy needs no
    /// log beside it, and nothing that was deleted is left in it.
    /// - Returns: what the copy holds.
    func write(to partial: PartialFile) throws -> DatabaseContents {
        try withConnection { connection in
            do {
                try connection.writeWithoutTransaction { db in
                    try db.execute(sql: "VACUUM INTO ?", arguments: [partial.path])
                }
            } catch let error as DatabaseError where [.SQLITE_FULL, .SQLITE_IOERR].contains(error.resultCode) {
                // It is the copy that cannot be written, much more often than the database read.
                let code = error.resultCode == .SQLITE_FULL ? ENOSPC : EIO
                throw FileError.failed(action: "copy the database to", path: partial.path, code: code)
            }
        }
        try partial.removeLitestreamTables()
        try partial.flush()
        do {
            return try DatabaseFile(partial.path).soundContents()
        } catch FileError.unsound(_, let problems) {
            throw FileError.unsound(path: path, problems: problems)
        }
    }

    /// Looks whether a copy may be put here.
    private func checkDestination(of original: DatabaseFile, replacing: Bool) throws {
        let taken = [""] + Self.companions
        if taken.contains(where: { isSame(as: DatabaseFile(original.place + $0)) }) {
            throw FileError.sameFile(path: path)
        }
        if let status = FileStatus(of: place) {
            if !status.isRegularFile { throw FileError.notRegular(path: path, kind: status.kind) }
            if !replacing { throw FileError.exists(path: path) }
        }
        if FileStatus(of: directory) == nil, errno == ENOENT {
            throw FileError.noDirectory(path: path, directory: directory)
        }
        if let companion = presentCompanions.first {
            throw FileError.companion(path: path, companion: place + companion)
        }
    }

    /// Whether both name the same file.
    func isSame(as other: DatabaseFile) -> Bool {
        if place == other.place { return true }
        guard let own = FileStatus(of: place), let theirs = FileStatus(of: other.place) else { return false }
        return own.isSame(as: theirs)
    }
}

extension PartialFile {
    /// Nobody replicates the copy yet. Were Litestream's tables in it, a server on it would leave the checkpoints to a
    /// program that may not be there.
    fileprivate func removeLitestreamTables() throws {
        do {
            let copy = try DatabaseQueue(path: path)
            try copy.inDatabase(LitestreamTraces.removeTables)
            try copy.close()
        } catch let error as DatabaseError {
            throw StorageError.wrapping(error)
        }
    }
}
