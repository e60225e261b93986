import CLinux
import Glibc

/// Listening TCP sockets.
enum TCPSocket {
    /// Binds a non-blocking socket to an address. No client can connect before the socket listens.
    ///
    /// `::` includes every IPv4 address, whatever the kernel's default is. If the kernel has no IPv6, `::` means every
    /// IPv4 address.
    static func bind(host: String, port: UInt16) throws(ServerStartError) -> Int32 {
        let address = SocketAddress(host: host, port: port)
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE
        var found: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host.isEmpty ? nil : host, String(port), &hints, &found)
        guard status == 0, let candidate = found else {
            throw ServerStartError(message: "cannot resolve \(address): \(String(cString: gai_strerror(status)))")
        }
        defer { freeaddrinfo(candidate) }
        let family = candidate.pointee.ai_family
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue) | allclear_socket_flags, 0)
        if descriptor < 0, errno == EAFNOSUPPORT, host == "::" { return try bind(host: "0.0.0.0", port: port) }
        guard descriptor >= 0 else { throw ServerStartError("cannot create a socket for \(address)") }
        do throws(ServerStartError) {
            try set("SO_REUSEADDR", SOL_SOCKET, SO_REUSEADDR, 1, of: descriptor, for: address)
            // Accepted connections inherit this option.
            try set("TCP_NODELAY", Int32(IPPROTO_TCP), TCP_NODELAY, 1, of: descriptor, for: address)
            if family == AF_INET6 {
                try set("IPV6_V6ONLY", Int32(IPPROTO_IPV6), IPV6_V6ONLY, 0, of: descriptor, for: address)
            }
            guard Glibc.bind(descriptor, candidate.pointee.ai_addr, candidate.pointee.ai_addrlen) == 0 else {
                throw ServerStartError("cannot listen on \(address)")
            }
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    private static func set(
        _ name: String, _ level: Int32, _ option: Int32, _ value: Int32, of socket: Int32, for address: SocketAddress
    ) throws(ServerStartError) {
        var value = value
        guard setsockopt(socket, level, option, &value, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
            throw ServerStartError("cannot set \(name) on the socket for \(address)")
        }
    }
}
