import Glibc

/// A file in the making: under a name of its own beside the one it is to have, so that under the latter there is a
/// whole file or none.
///
/// What an interrupted run left under that name is taken away; a lock tells it from what another run is writing. It can
/// be read by its owner alone.
final class PartialFile {
    /// Where it is made.
    let path: String
    private let destination: DatabaseFile
    private let file: NewFile
    private var descriptor: Int32 { file.descriptor }
    private var isPublished = false

    init(for destination: DatabaseFile) throws {
        self.destination = destination
        path = destination.place + ".partial"
        file = try Self.make(path, for: destination)
    }

    deinit {
        if !isPublished {
            unlink(path)
            unlink(path + Self.journal)
        }
        close(descriptor)
    }

    /// What SQLite keeps beside it while it writes.
    private static let journal = "-journal"

    private static func make(_ path: String, for destination: DatabaseFile) throws -> NewFile {
        while true {
            if let file = NewFile(at: path) {
                if FileLock.take(FileLock.own, of: file.descriptor), isAt(path, file.descriptor) { return file }
                // Another run took it for a remnant.
                close(file.descriptor)
                continue
            }
            guard errno == EEXIST else { throw FileError.last("make", path) }
            try removeRemnant(path, of: destination)
        }
    }

    /// Takes away what is in the way, unless somebody is writing it. Never empties it: it may have been given its name
    /// already, and not yet lost the other.
    private static func removeRemnant(_ path: String, of destination: DatabaseFile) throws {
        let descriptor = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC)
        if descriptor < 0, errno == ENOENT { return }
        guard descriptor >= 0 else { throw FileError.last("take over", path) }
        defer { close(descriptor) }
        guard FileLock.take(FileLock.own, of: descriptor) else {
            throw FileError.beingWritten(path: destination.path)
        }
        guard isAt(path, descriptor) else { return }
        unlink(path + journal)
        if unlink(path) != 0 { throw FileError.last("remove", path) }
    }

    private static func isAt(_ path: String, _ descriptor: Int32) -> Bool {
        guard let there = FileStatus(of: path), let opened = FileStatus(of: descriptor) else { return false }
        return there.isSame(as: opened)
    }

    /// Gives it the owner and permissions of the file whose place it takes.
    func resemble(_ status: FileStatus) throws {
        let own = FileStatus(of: descriptor)
        if own?.owner != status.owner || own?.group != status.group {
            guard fchown(descriptor, status.owner, status.group) == 0 else {
                throw FileError.last("give to its owner the new", destination.path)
            }
        }
        guard fchmod(descriptor, status.permissions) == 0 else {
            throw FileError.last("set the permissions of", path)
        }
    }

    /// Gives it to the owner of its directory, if this process is root's.
    func giveToOwnerOfDirectory() throws {
        guard file.giveToOwnerOfDirectory() else {
            throw FileError.last("give to the directory's owner the new", destination.path)
        }
    }

    /// Waits until all of it is on disk.
    func flush() throws {
        guard fsync(descriptor) == 0 else { throw FileError.last("write", path) }
    }

    /// Gives it its name.
    /// - Parameter replacing: whether it takes the place of a file of that name. If not, and there is one by now, that
    ///   stays.
    func publish(replacing: Bool) throws {
        isPublished = replacing ? rename(path, destination.place) == 0 : try nameFirst()
        guard isPublished else { throw FileError.last("make", destination.path) }
        try Self.flush(directory: destination.directory)
    }

    /// Gives it its name if no file has that.
    private func nameFirst() throws -> Bool {
        if link(path, destination.place) == 0 {
            unlink(path)
            return true
        }
        if errno == EEXIST { throw FileError.exists(path: destination.path) }
        // Not every file system can give a file two names.
        if destination.exists { throw FileError.exists(path: destination.path) }
        return rename(path, destination.place) == 0
    }

    /// Makes names in a directory survive the loss of power.
    static func flush(directory: String) throws {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError.last("open", directory) }
        defer { close(descriptor) }
        // Some file systems have nothing to flush there, and say so.
        guard fsync(descriptor) == 0 || errno == EINVAL else { throw FileError.last("write", directory) }
    }
}
