import Glibc

/// A lock on bytes of an open file. It belongs to the open file, not to the process. Other descriptors that this
/// process opens do not share it. It ends when the file is closed or the process dies.
enum FileLock {
    /// F_OFD_SETLK, which Swift's Glibc module lacks: see fcntl(2), "Open file description locks".
    private static let setLock: Int32 = 37

    /// The bytes that SQLite locks: see PENDING_BYTE in its os.h, which is part of the file format.
    static let sqlite = Int64(0x4000_0000)..<Int64(0x4000_0000 + 512)
    /// A byte that SQLite does not lock, for locks on partial files.
    static let own = (Int64.max - 1)..<Int64.max
    /// Another such byte, for the servers of a database.
    static let serving = (Int64.max - 2)..<(Int64.max - 1)
    /// Another one, for the server that sends deliveries.
    static let delivering = (Int64.max - 3)..<(Int64.max - 2)

    /// Takes an exclusive lock if nobody holds a lock on these bytes.
    /// - Returns: false if somebody does. True if the file system does not support locks.
    static func take(_ bytes: Range<Int64>, of descriptor: Int32) -> Bool { set(F_WRLCK, bytes, of: descriptor) }

    /// Takes a shared lock, or turns an exclusive lock into a shared one.
    /// - Returns: false if somebody holds an exclusive lock. True if the file system does not support locks.
    static func share(_ bytes: Range<Int64>, of descriptor: Int32) -> Bool { set(F_RDLCK, bytes, of: descriptor) }

    static func release(_ bytes: Range<Int64>, of descriptor: Int32) { _ = set(F_UNLCK, bytes, of: descriptor) }

    private static func set(_ type: Int32, _ bytes: Range<Int64>, of descriptor: Int32) -> Bool {
        var lock = flock()
        lock.l_type = Int16(type)
        lock.l_whence = Int16(SEEK_SET)
        lock.l_start = off_t(bytes.lowerBound)
        lock.l_len = off_t(bytes.count)
        return fcntl(descriptor, setLock, &lock) == 0 || (errno != EAGAIN && errno != EACCES)
    }
}
