import CLinux
import Glibc

/// Listening TCP sockets.
enum TCPSocket {
    /// Takes an address, without blocking. Nobody can connect before it listens.
    /// - Parameter sharing: other sockets may have the same address (`SO_REUSEPORT`).
    static func bind(host: String, port: UInt16, sharing: Bool) throws(ServerStartError) -> Int32 {
        let address = SocketAddress(host: host, port: port)
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE
        var found: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host.isEmpty ? nil : host, String(port), &hints, &found)
        guard status == 0, let candidate = found else {
            throw ServerStartError(message: "Cannot resolve \(address): \(String(cString: gai_strerror(status)))")
        }
        defer { freeaddrinfo(candidate) }
        let type = Int32(SOCK_STREAM.rawValue) | allclear_socket_flags
        let descriptor = socket(candidate.pointee.ai_family, type, 0)
        guard descriptor >= 0 else { throw ServerStartError("Cannot make a socket for \(address)") }
        do throws(ServerStartError) {
            try set(descriptor, SOL_SOCKET, SO_REUSEADDR)
            if sharing { try set(descriptor, SOL_SOCKET, SO_REUSEPORT) }
            // Accepted connections inherit it.
            try set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY)
            guard Glibc.bind(descriptor, candidate.pointee.ai_addr, candidate.pointee.ai_addrlen) == 0 else {
                throw ServerStartError("Cannot listen on \(address)")
            }
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    static func listen(_ socket: Int32, on address: SocketAddress) throws(ServerStartError) {
        guard Glibc.listen(socket, 4096) == 0 else { throw ServerStartError("Cannot listen on \(address)") }
    }

    /// The port a socket is bound to, which the kernel chose when 0 was asked for.
    static func port(of socket: Int32) throws(ServerStartError) -> UInt16 {
        guard let port = SocketAddress(of: socket)?.port else {
            throw ServerStartError("Cannot read the port of a socket")
        }
        return port
    }

    private static func set(_ socket: Int32, _ level: Int32, _ option: Int32) throws(ServerStartError) {
        var on: Int32 = 1
        guard setsockopt(socket, level, option, &on, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
            throw ServerStartError("Cannot set an option of a socket")
        }
    }
}
