import Glibc

extension DatabaseFile {
    /// Whether the file may hold data, so that its owner must be checked. An interrupted start leaves an empty file.
    var mayHoldData: Bool { (FileStatus(of: place)?.size ?? 0) > 0 }

    /// Why no user could have a database at this path, and what to do about it: something else is there, or the
    /// directory is missing.
    public var misplacement: String? {
        if let status = FileStatus(of: place) { return Self.obstacle(of: status) }
        guard let status = FileStatus(of: directory) else {
            guard errno == ENOENT || errno == ENOTDIR else { return nil }
            return "its directory \(directory) does not exist; create it, or name another file"
        }
        return status.isDirectory ? nil : "\(directory) is not a directory; name another file"
    }

    /// Why this process cannot use the file as a database, as far as the file system shows, and what to do about it.
    /// SQLite itself has one message for most of these reasons.
    var obstacle: String? {
        if let misplacement { return misplacement }
        if FileStatus(of: place) != nil {
            if access(place, R_OK | W_OK) != 0 {
                if errno == EROFS { return Self.readOnlyFileSystem }
                return "\(reason); give the user that runs allclear read and write permission"
            }
        } else if errno != ENOENT {
            return reason
        }
        if access(directory, W_OK | X_OK) != 0 {
            if errno == EROFS { return Self.readOnlyFileSystem }
            return "its directory \(directory) is not writable (\(reason)), and SQLite needs to write the WAL there; "
                + "give the user that runs allclear write permission"
        }
        return nil
    }

    private static let readOnlyFileSystem =
        "its file system is mounted read-only; remount it read-write, or name another file"

    /// The problem if there is a WAL without its database, and what to do about it. SQLite would delete the WAL, which
    /// holds the only copy of the last writes. An interrupted start does not leave such a WAL: the file gets data
    /// before the WAL exists.
    var orphanedLog: String? {
        let log = place + "-wal"
        guard !mayHoldData, (FileStatus(of: log)?.size ?? 0) > 0 else { return nil }
        return "it is missing or empty, but its WAL \(log) exists; "
            + "restore the database that this WAL belongs to, or move the WAL away"
    }

    /// Why an existing file cannot be a SQLite database.
    static func obstacle(of status: FileStatus) -> String? {
        if status.isDirectory { return "it is a directory; name a file in it" }
        return status.isRegularFile ? nil : "it is \(status.kind); name a regular file"
    }

    /// Why the last system call failed.
    private var reason: String { String(cString: strerror(errno)) }
}
