import Glibc

/// Reads whole files. Unlike Foundation, it reports the system's error message.
enum FileContents {
    /// The system's error, such as "Permission denied".
    struct Unreadable: Error, Equatable, CustomStringConvertible {
        let code: Int32

        var description: String { String(cString: strerror(code)) }
    }

    /// - Parameter most: reading stops soon after this many bytes.
    static func read(_ path: String, atMost most: Int = .max) throws(Unreadable) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Unreadable(code: errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Unreadable(code: errno) }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
            if bytes.count > most { return bytes }
        }
    }
}
