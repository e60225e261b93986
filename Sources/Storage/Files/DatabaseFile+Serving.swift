import Glibc

extension DatabaseFile {
    /// Where the server of the database hands its sockets to a successor.
    public var handOverPath: String { place + "-takeover" }

    /// Claims the database for this process until it ends, and makes the file if there is none. The server of a database
    /// decides which pages there are and migrates its schema: two that do not know of each other would undo each other's
    /// work.
    ///
    /// Call it before SQLite opens the file, which stays open: closing it would release SQLite's locks, too (fcntl(2),
    /// "Advisory record locking").
    /// - Parameters:
    ///   - sharing: whether another server may have claimed it, as while one takes over from another.
    ///   - seconds: how long to wait for another server to end.
    ///   - waiting: called if it has to wait.
    /// - Throws: `StorageError.served` if another process still serves it after that time.
    public func claim(sharing: Bool, waitingFor seconds: Int, waiting: () -> Void) throws {
        // What is wrong with it shows when it is opened as a database.
        if obstacle != nil || orphanedLog != nil { return }
        for attempt in 0...(seconds * 10) {
            if attempt == 1 { waiting() }
            if attempt > 0 { usleep(100_000) }
            let descriptor = openOrMake()
            guard descriptor >= 0 else { return }
            // The file may have been replaced meanwhile. The descriptor stays open: the claim is a lock on it.
            if Self.lock(descriptor, sharing: sharing), let status = FileStatus(of: descriptor),
                FileStatus(of: place)?.isSame(as: status) == true
            {
                return
            }
            close(descriptor)
        }
        throw StorageError.served(path: path)
    }

    private static func lock(_ descriptor: Int32, sharing: Bool) -> Bool {
        (sharing || FileLock.take(FileLock.serving, of: descriptor)) && FileLock.share(FileLock.serving, of: descriptor)
    }
}
