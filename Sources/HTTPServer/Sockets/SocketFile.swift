import CLinux
import Glibc

/// The file of a listening Unix socket.
struct SocketFile: Sendable {
    private let path: String
    private var newPath: String { Self.newPath(for: path) }
    /// Distinguishes this socket from a later one with the same path.
    private let inode: ino_t

    /// Binds a non-blocking socket to a temporary path, and listens.
    /// - Parameters:
    ///   - type: the type of the socket.
    ///   - mode: the permissions of the file. By default, everyone who can reach the file may connect; its directory
    ///     controls access.
    static func listen(
        _ path: String, type: __socket_type = SOCK_STREAM, mode: mode_t = 0o666
    ) throws(ServerStartError) -> (descriptor: Int32, file: SocketFile) {
        let newPath = newPath(for: path)
        for name in [path, newPath] { try checkReplaceable(name) }
        let descriptor = socket(AF_UNIX, Int32(type.rawValue) | allclear_socket_flags, 0)
        guard descriptor >= 0 else { throw ServerStartError("cannot create a socket for \(path)") }
        unlink(newPath)
        guard withAddress(of: newPath, { Glibc.bind(descriptor, $0, $1) }) == 0 else {
            defer { close(descriptor) }
            throw ServerStartError("cannot listen on unix:\(path)")
        }
        var status = stat()
        guard chmod(newPath, mode) == 0, Glibc.listen(descriptor, 4_096) == 0, lstat(newPath, &status) == 0
        else {
            let error = ServerStartError("cannot listen on unix:\(path)")
            unlink(newPath)
            close(descriptor)
            throw error
        }
        return (descriptor, SocketFile(path: path, inode: status.st_ino))
    }

    private init(path: String, inode: ino_t) {
        self.path = path
        self.inode = inode
    }

    /// The socket file at `path` now; nil if there is none.
    init?(existing path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        self.init(path: path, inode: status.st_ino)
    }

    /// Renames the file to its final path, and replaces an older one. No client is refused during the change.
    func publish() throws(ServerStartError) {
        try Self.checkReplaceable(path)
        guard rename(newPath, path) == 0 else { throw ServerStartError("cannot listen on unix:\(path)") }
    }

    /// The temporary path. It contains the process id, because several servers may start at once.
    private static func newPath(for path: String) -> String { "\(path).\(String(getpid(), radix: 36))" }

    /// Refuses a path that is taken by a file other than a socket.
    /// - Returns: whether a socket has the path.
    @discardableResult
    private static func checkReplaceable(_ name: String) throws(ServerStartError) -> Bool {
        var status = stat()
        guard lstat(name, &status) == 0 else { return false }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw ServerStartError(message: "cannot listen on unix:\(name): a file that is not a socket has this path")
        }
        return true
    }

    /// Refuses a path that a server listens on, or that is not a socket. A socket left behind by a server that ended is
    /// accepted.
    static func checkUnused(_ path: String) throws(ServerStartError) {
        guard try checkReplaceable(path) else { return }
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | allclear_socket_flags, 0)
        guard probe >= 0 else { throw ServerStartError("cannot create a socket for \(path)") }
        defer { close(probe) }
        let isAnswered = withAddress(of: path) { connect(probe, $0, $1) } == 0
        // EAGAIN means that the queue is full, so a server still listens.
        if isAnswered || errno == EAGAIN { throw ServerStartError("cannot listen on unix:\(path)", code: EADDRINUSE) }
    }

    /// Removes the file, unless another socket has its path by now.
    func remove() {
        for name in [path, newPath] {
            var status = stat()
            if lstat(name, &status) == 0, status.st_ino == inode { unlink(name) }
        }
    }

    /// Calls `body` with the socket address of a path. A path too long for a socket address is reached through its
    /// directory, as `/proc/self/fd/N/name`.
    static func withAddress(of path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path) - 1
        guard path.utf8.count > room else { return call(&address, path, body) }
        guard let slash = path.lastIndex(of: "/") else {
            errno = ENAMETOOLONG
            return -1
        }
        let directory = open(String(path[...slash]), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return -1 }
        defer { close(directory) }
        let shorter = "/proc/self/fd/\(directory)/\(path[path.index(after: slash)...])"
        guard shorter.utf8.count <= room else {
            errno = ENAMETOOLONG
            return -1
        }
        return call(&address, shorter, body)
    }

    private static func call(
        _ address: inout sockaddr_un, _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
