import Glibc

/// A file that is made, empty, in a directory that may belong to somebody else.
///
/// The directory's owner can put links into it and move it away at any moment. So the file is made in the very directory
/// that was opened, under a name that nothing has, and what is done to it afterwards goes by its descriptor.
struct NewFile {
    let descriptor: Int32
    /// `O_PATH`, which Swift's Glibc does not have: a directory need not be readable for files to be made in it.
    private static let pathOnly: Int32 = 0o10_000_000

    /// The directory that it is in.
    private let directory: FileStatus

    /// Makes it so that only its owner may read and write it.
    /// - Returns: nil if it cannot be made, with the reason in `errno`: EEXIST if there is something of that name.
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

    /// Gives it to the owner of its directory, if this process is root's: a database that an administrator makes as root is
    /// for the user that the directory was made for.
    /// - Returns: false if that fails, with the reason in `errno`.
    func giveToOwnerOfDirectory() -> Bool {
        guard geteuid() == 0, directory.owner != 0 else { return true }
        return fchown(descriptor, directory.owner, directory.group) == 0
    }
}

extension DatabaseFile {
    /// Opens the file, or makes an empty one that belongs to the owner of its directory.
    /// - Returns: a descriptor; negative if there is none, with the reason in `errno`.
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
            // Another process was faster. A link to nothing is not followed.
            if errno != EEXIST || !exists { return -1 }
        }
    }
}
