import Glibc

/// The sockets of this machine that listen, as `/proc/net/tcp` and `/proc/net/tcp6` tell (proc(5)).
enum ListenerTable {
    /// How many sockets listen where a socket is bound to, of this process and of others; 0 where that is not to be known.
    static func count(at socket: Int32) -> Int {
        guard let (storage, _) = SocketAddress.name(of: socket), let entry = entry(of: storage),
            let table = fopen(storage.ss_family == sa_family_t(AF_INET6) ? "/proc/net/tcp6" : "/proc/net/tcp", "re")
        else { return 0 }
        defer { fclose(table) }
        var line: UnsafeMutablePointer<CChar>?
        var room = 0
        defer { free(line) }
        // The names of the columns.
        guard getline(&line, &room, table) > 0 else { return 0 }
        var count = 0
        while getline(&line, &room, table) > 0, let text = line.map({ String(cString: $0) }) {
            let columns = text.split(separator: " ", maxSplits: 4)
            // They come before all connections, of which there may be many.
            guard columns.count > 3, columns[3] == listening else { break }
            if columns[1] == entry { count += 1 }
        }
        return count
    }

    /// TCP_LISTEN as the kernel prints it.
    private static let listening = "0A"

    /// An address as it stands there: words of 32 bits as numbers of this machine, a colon, and the port.
    private static func entry(of storage: sockaddr_storage) -> String? {
        withUnsafeBytes(of: storage) { bytes in
            let words: Range<Int>
            switch Int32(storage.ss_family) {
            case AF_INET: words = 4..<8
            case AF_INET6: words = 8..<24
            default: return nil
            }
            let address = stride(from: words.lowerBound, to: words.upperBound, by: 4).map {
                hexadecimal(bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self), digits: 8)
            }
            let port = UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
            return address.joined() + ":" + hexadecimal(UInt32(port), digits: 4)
        }
    }

    private static func hexadecimal(_ number: UInt32, digits: Int) -> String {
        let text = String(number, radix: 16, uppercase: true)
        return String(repeating: "0", count: digits - text.count) + text
    }
}
