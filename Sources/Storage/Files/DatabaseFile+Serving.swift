import Glibc

/// That this process serves a database. It holds until the process ends.
public struct ServingClaim: Sendable {
    /// Never closed; nil where the file could not be opened, which then cannot be served either.
    fileprivate let descriptor: Int32?

    /// Tells others that clients are let in here from now on, or not any more: a server that stops still serves those it
    /// has.
    public func noteAccepting(_ isAccepting: Bool) {
        guard let descriptor else { return }
        if isAccepting {
            _ = FileLock.share(FileLock.accepting, of: descriptor)
        } else {
            FileLock.release(FileLock.accepting, of: descriptor)
        }
    }

    /// Whether another process lets clients in.
    public var isAnotherAccepting: Bool {
        descriptor.map { FileLock.isHeld(FileLock.accepting, of: $0) } ?? false
    }
}

extension DatabaseFile {
    /// Notes that this process serves the database, which is made if there is none, until it ends. Who serves it decides
    /// which pages there are, and whether its schema changes: two that know nothing of each other would undo what the
    /// other does.
    ///
    /// To be called before SQLite opens the file, which stays open: if it were closed, SQLite's locks on it would go as well
    /// (fcntl(2), "Advisory record locking").
    /// - Parameters:
    ///   - sharing: whether others may serve it, as they do while one takes over from another.
    ///   - seconds: how long another server may take to end.
    ///   - waiting: called if it is waited for.
    /// - Throws: `StorageError.served` if another process serves it, and goes on with that.
    public func claim(sharing: Bool, waitingFor seconds: Int, waiting: () -> Void) throws -> ServingClaim {
        // What is wrong with it shows when it is opened as a database.
        if obstacle != nil || orphanedLog != nil { return ServingClaim(descriptor: nil) }
        for attempt in 0...(seconds * 10) {
            if attempt == 1 { waiting() }
            if attempt > 0 { usleep(100_000) }
            let descriptor = open(place, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { return ServingClaim(descriptor: nil) }
            // It may have been replaced meanwhile.
            if Self.lock(descriptor, sharing: sharing), let status = FileStatus(of: descriptor),
                FileStatus(of: place)?.isSame(as: status) == true
            {
                return ServingClaim(descriptor: descriptor)
            }
            close(descriptor)
        }
        throw StorageError.served(path: path)
    }

    private static func lock(_ descriptor: Int32, sharing: Bool) -> Bool {
        (sharing || FileLock.take(FileLock.serving, of: descriptor)) && FileLock.share(FileLock.serving, of: descriptor)
    }
}
