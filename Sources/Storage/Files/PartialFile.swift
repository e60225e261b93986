import Glibc

/// A file that is written under a temporary name next to its final one. So the final name always has a complete file or
/// none.
///
/// If an interrupted run left a file under the temporary name, it is removed. A lock shows whether another run is still
/// writing it. Only the owner of the file can read it, unless `resemble` gives it other permissions.
final class PartialFile {
    /// The temporary path.
    let path: String
    private let destination: DatabaseFile
    private let file: NewFile
    private var descriptor: Int32 { file.descriptor }
    /// Whether the file has its final name.
    private(set) var isPublished = false

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

    /// The suffix of the journal that SQLite keeps next to the file while it writes.
    private static let journal = "-journal"

    private static func make(_ path: String, for destination: DatabaseFile) throws -> NewFile {
        while true {
            if let file = NewFile(at: path) {
                if FileLock.take(FileLock.own, of: file.descriptor), isAt(path, file.descriptor) { return file }
                // Another run took it for a leftover file and removed it.
                close(file.descriptor)
                continue
            }
            guard errno == EEXIST else { throw FileError.last("create", path) }
            try removeRemnant(path, of: destination)
        }
    }

    /// Removes a leftover file, unless another process is writing it. Does not truncate it: it may already have its
    /// final name as well.
    private static func removeRemnant(_ path: String, of destination: DatabaseFile) throws {
        let descriptor = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC)
        if descriptor < 0, errno == ENOENT { return }
        guard descriptor >= 0 else { throw FileError.last("open", path) }
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

    /// Copies the owner and permissions of the file that this one replaces.
    func resemble(_ status: FileStatus) throws {
        let own = FileStatus(of: descriptor)
        if own?.owner != status.owner || own?.group != status.group {
            guard fchown(descriptor, status.owner, status.group) == 0 else {
                throw FileError.last("change the owner of", destination.path)
            }
        }
        guard fchmod(descriptor, status.permissions) == 0 else {
            throw FileError.last("set the permissions of", path)
        }
    }

    /// Gives the file to the owner of its directory, if this process runs as root.
    func giveToOwnerOfDirectory() throws {
        guard file.giveToOwnerOfDirectory() else {
            throw FileError.last("change the owner of", destination.path)
        }
    }

    /// Waits until the whole file is on disk.
    func flush() throws {
        guard fsync(descriptor) == 0 else { throw FileError.last("write", path) }
    }

    /// Gives the file its final name.
    /// - Parameter replacing: whether to replace an existing file. If false, a file that exists by now stays.
    func publish(replacing: Bool) throws {
        isPublished = replacing ? rename(path, destination.place) == 0 : try nameFirst()
        guard isPublished else { throw FileError.last("create", destination.path) }
        try Self.flush(directory: destination.directory)
    }

    /// Gives the file its final name, unless a file has that name already.
    private func nameFirst() throws -> Bool {
        if link(path, destination.place) == 0 {
            unlink(path)
            return true
        }
        if errno == EEXIST { throw FileError.exists(path: destination.path) }
        // Not every file system supports hard links.
        if destination.exists { throw FileError.exists(path: destination.path) }
        return rename(path, destination.place) == 0
    }

    /// Makes the names in a directory survive a power failure.
    static func flush(directory: String) throws {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError.last("open", directory) }
        defer { close(descriptor) }
        // Some file systems do not support fsync on directories, and return EINVAL.
        guard fsync(descriptor) == 0 || errno == EINVAL else { throw FileError.last("write", directory) }
    }
}
