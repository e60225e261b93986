import Glibc

extension SocketAddress {
    /// The address a socket is bound to; nil if it is not bound, or its family is neither IP nor Unix.
    init?(of socket: Int32) {
        guard let (storage, length) = Self.name(of: socket) else { return nil }
        if let address = IPAddress(storage) {
            let port = withUnsafeBytes(of: storage) { UInt16(bigEndian: $0.load(fromByteOffset: 2, as: UInt16.self)) }
            self.init(host: address.description, port: port)
            return
        }
        guard Int32(storage.ss_family) == AF_UNIX else { return nil }
        let start = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
        let path = withUnsafeBytes(of: storage) { bytes in
            String(decoding: bytes[start..<min(Int(length), bytes.count)].prefix { $0 != 0 }, as: UTF8.self)
        }
        guard !path.isEmpty else { return nil }
        self = .unix(path: path)
    }

    /// The result of getsockname(2).
    static func name(of socket: Int32) -> (storage: sockaddr_storage, length: socklen_t)? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let status = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &length) }
        }
        return status == 0 ? (storage, length) : nil
    }
}
