import Glibc

extension DatabaseFile {
    /// The Unix socket over which the server of the database hands its listening sockets to a successor.
    public var handOverPath: String { place + "-takeover" }

    /// Claims the database for this process until it ends, and creates the file if it is missing. The server of a
    /// database decides which pages there are and migrates the schema. Two servers that do not know of each other would
    /// undo each other's work.
    ///
    /// Call it before SQLite opens the file. The file stays open: closing it would release SQLite's locks, too
    /// (fcntl(2), "Advisory record locking").
    /// - Parameters:
    ///   - sharing: whether another server may hold a claim, as it does during a takeover.
    ///   - seconds: how long to wait for another server to end.
    ///   - waiting: called if it has to wait.
    /// - Throws: `StorageError.served` if another process still serves the database after that time.
    public func claim(sharing: Bool, waitingFor seconds: Int, waiting: () -> Void) throws {
        // Opening the database reports these problems later.
        if obstacle != nil || orphanedLog != nil { return }
        for attempt in 0...(seconds * 10) {
            if attempt == 1 { waiting() }
            if attempt > 0 { usleep(100_000) }
            let descriptor = openOrMake()
            guard descriptor >= 0 else { return }
            // The file may have been replaced meanwhile. The descriptor stays open, because the claim is a lock on it.
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
