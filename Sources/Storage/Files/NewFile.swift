import Glibc

/// A new, empty file in a directory that may belong to another user.
///
/// The owner of the directory can put links into it, and can move it at any moment. So the directory is opened first,
/// and the file is created in that directory, under a name that does not exist. All later operations use the file's
/// descriptor.
struct NewFile {
    let descriptor: Int32
    /// `O_PATH`, which Swift's Glibc module lacks. With it, the directory does not need to be readable.
    private static let pathOnly: Int32 = 0o10_000_000

    private let directory: FileStatus

    /// Creates the file, which only its owner may read and write.
    /// - Returns: nil if that fails, with the reason in `errno`: EEXIST if the name exists.
    init?(at path: String) {
        let slash = path.lastIndex(of: "/")
        let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        let parent = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let opened = open(parent, Self.pathOnly | O_DIRECTORY | O_CLOEXEC)
        guard opened >= 0 else { return nil }
        defer {
            let reason = errno
            close(opened)
            errno = reason
        }
        guard let directory = FileStatus(of: opened) else { return nil }
        descriptor = openat(opened, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return nil }
        self.directory = directory
    }

    /// If this process runs as root, gives the file to the owner of its directory. An administrator who creates a
    /// database as root creates it for that owner.
    /// - Returns: false if that fails, with the reason in `errno`.
    func giveToOwnerOfDirectory() -> Bool {
        guard geteuid() == 0, directory.owner != 0 else { return true }
        return fchown(descriptor, directory.owner, directory.group) == 0
    }
}

extension DatabaseFile {
    /// Opens the file, or creates an empty one that belongs to the owner of its directory.
    /// - Returns: a descriptor; negative if that fails, with the reason in `errno`.
    func openOrMake() -> Int32 {
        while true {
            let descriptor = open(place, O_RDWR | O_CLOEXEC)
            if descriptor >= 0 || errno != ENOENT { return descriptor }
            if let file = NewFile(at: place) {
                if file.giveToOwnerOfDirectory() { return file.descriptor }
                let reason = errno
                close(file.descriptor)
                errno = reason
                return -1
            }
            // Another process created it first. A dangling link is not followed.
            if errno != EEXIST || !exists { return -1 }
        }
    }
}
