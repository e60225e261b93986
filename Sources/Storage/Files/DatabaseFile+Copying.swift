import GRDB
import Glibc

extension DatabaseFile {
    /// Copies a snapshot of the database to another file. The copy is complete and on the disk when this returns. If
    /// this throws, there is no copy, except if the last step failed: the fsync of the directory. A server may write to
    /// the database meanwhile.
    /// - Parameter replacing: whether the copy may replace an existing file.
    /// - Returns: what the copy holds.
    /// - Throws: `StorageError` for the database, `FileError` for the copy.
    public func backUp(to copy: DatabaseFile, replacing: Bool) throws -> DatabaseContents {
        try copy.checkDestination(of: self, replacing: replacing)
        try read { try Ownership.checkContents($0, path: path) }
        let partial = try PartialFile(for: copy)
        let contents = try write(to: partial)
        try partial.publish(replacing: replacing)
        return contents
    }

    /// Writes a copy of the database to disk, and checks that it is sound.
    ///
    /// `VACUUM INTO` reads one snapshot, as any reader does. It therefore does not block the writer, and ends even if
    /// the server writes all the time. SQLite's backup API starts over whenever another process writes. The copy needs
    /// no WAL, and contains no deleted data.
    /// - Returns: what the copy holds.
    func write(to partial: PartialFile) throws -> DatabaseContents {
        try withConnection { connection in
            do {
                try connection.writeWithoutTransaction { db in
                    try db.execute(sql: "VACUUM INTO ?", arguments: [partial.path])
                }
            } catch let error as DatabaseError where [.SQLITE_FULL, .SQLITE_IOERR].contains(error.resultCode) {
                // Such an error is nearly always about the copy, and rarely about the database.
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

    /// Checks that a copy may be written here.
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

    /// Whether both paths name the same file.
    func isSame(as other: DatabaseFile) -> Bool {
        if place == other.place { return true }
        guard let own = FileStatus(of: place), let theirs = FileStatus(of: other.place) else { return false }
        return own.isSame(as: theirs)
    }
}

extension PartialFile {
    /// Drops Litestream's tables, because nothing replicates the copy yet. With them, a server on the copy would leave
    /// the checkpoints to a program that may not be running.
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
