import Glibc

/// A lock on bytes of an open file. It is the open file's, not the process's: other files that this process has open do
/// not share it, and it ends when the file is closed or the process dies.
enum FileLock {
    /// F_OFD_SETLK, which Swift's Glibc module lacks: see fcntl(2), "Open file description locks".
    private static let setLock: Int32 = 37

    /// The bytes on which SQLite's locks are: see PENDING_BYTE in its os.h, which is part of the file format.
    static let sqlite = Int64(0x4000_0000)..<Int64(0x4000_0000 + 512)
    /// A byte that SQLite does not lock, for a lock of our own.
    static let own = (Int64.max - 1)..<Int64.max
    /// Another, which the servers of a database share.
    static let serving = (Int64.max - 2)..<(Int64.max - 1)

    /// Takes a lock that no other can share, if nobody holds any on these bytes.
    /// - Returns: false if somebody does. True too where the file system has no locks.
    static func take(_ bytes: Range<Int64>, of descriptor: Int32) -> Bool { set(F_WRLCK, bytes, of: descriptor) }

    /// Takes a lock that others may share, or makes one of that which was taken.
    /// - Returns: false if somebody holds one that cannot be shared. True too where the file system has no locks.
    static func share(_ bytes: Range<Int64>, of descriptor: Int32) -> Bool { set(F_RDLCK, bytes, of: descriptor) }

    private static func set(_ type: Int32, _ bytes: Range<Int64>, of descriptor: Int32) -> Bool {
        var lock = flock()
        lock.l_type = Int16(type)
        lock.l_whence = Int16(SEEK_SET)
        lock.l_start = off_t(bytes.lowerBound)
        lock.l_len = off_t(bytes.count)
        return fcntl(descriptor, setLock, &lock) == 0 || (errno != EAGAIN && errno != EACCES)
    }
}
