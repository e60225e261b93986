import Glibc

extension DatabaseFile {
    /// Notes that this process serves the database, until it ends. Who serves it decides which pages there are, and whether
    /// its schema changes: two that know nothing of each other would undo what the other does.
    ///
    /// The file stays open: if it were closed, SQLite's locks on it would go as well (fcntl(2), "Advisory record locking").
    /// - Parameter sharing: whether others may serve it, as they do while one takes over from another.
    /// - Returns: false if there is no such file yet.
    /// - Throws: `StorageError.served` if another process serves it, and goes on with that.
    @discardableResult
    public func claim(sharing: Bool) throws -> Bool {
        let descriptor = open(place, O_RDWR | O_CLOEXEC)
        // What else is wrong with it shows when it is opened as a database.
        guard descriptor >= 0 else { return false }
        // Another server may be about to end.
        for _ in 0..<50 {
            if sharing || FileLock.take(FileLock.serving, of: descriptor),
                FileLock.share(FileLock.serving, of: descriptor)
            {
                return true
            }
            usleep(100_000)
        }
        throw StorageError.served(path: path)
    }
}
