import Glibc

/// The status of a file; links are followed.
struct FileStatus {
    private let status: stat

    /// - Returns: nil if there is no file, or its status cannot be read.
    init?(of path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.status = status
    }

    init?(of descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.status = status
    }

    var isDirectory: Bool { status.st_mode & S_IFMT == S_IFDIR }
    var isRegularFile: Bool { status.st_mode & S_IFMT == S_IFREG }
    /// The type of the file, with an article.
    var kind: String {
        switch status.st_mode & S_IFMT {
        case S_IFREG: "a regular file"
        case S_IFDIR: "a directory"
        case S_IFCHR, S_IFBLK: "a device"
        case S_IFIFO: "a named pipe"
        case S_IFSOCK: "a socket"
        default: "a special file"
        }
    }
    var size: Int { Int(status.st_size) }
    /// In milliseconds since 1970.
    var modification: Int64 { Int64(status.st_mtim.tv_sec) * 1_000 + Int64(status.st_mtim.tv_nsec) / 1_000_000 }
    /// Changes with each change of the contents.
    var version: [Int] { [Int(status.st_ino), size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec] }
    var owner: uid_t { status.st_uid }
    var group: gid_t { status.st_gid }
    var permissions: mode_t { status.st_mode & 0o777 }

    /// Whether both are the same file, perhaps under different names.
    func isSame(as other: FileStatus) -> Bool {
        status.st_dev == other.status.st_dev && status.st_ino == other.status.st_ino
    }
}
