import Glibc
import Synchronization

/// A socket that accepts connections at one address. All event loops accept from its single queue.
///
/// The kernel keeps the connections in the queue while any process has the socket open. A server that shares the socket
/// with a successor, or received it from the service manager, can therefore end without resetting a connection.
public final class ListeningSocket: Sendable {
    /// The address as configured. A successor finds the socket by this address.
    public let configured: SocketAddress
    /// The address the socket is bound to, with the port that the kernel chose for port 0.
    public let address: SocketAddress
    let descriptor: Int32
    /// The file of a Unix socket; nil if the service manager owns it.
    let file: SocketFile?
    /// Whether the socket already listened when this process got it.
    let isAdopted: Bool
    private let isClosed = Atomic(false)

    /// Binds to an address. No client can connect before `listen`.
    /// - Throws: when the address is in use or cannot be used.
    public init(binding address: SocketAddress) throws(ServerStartError) {
        configured = address
        isAdopted = false
        switch address {
        case .tcp(let host, let port):
            descriptor = try TCPSocket.bind(host: host, port: port)
            self.address = SocketAddress(of: descriptor) ?? address
            file = nil
        case .unix(let path):
            try SocketFile.checkUnused(path)
            (descriptor, file) = try SocketFile.listen(path)
            self.address = address
        }
    }

    /// Adopts a socket that already listens. The descriptor is closed with this object.
    /// - Parameters:
    ///   - configured: the address in the configuration that the socket serves.
    ///   - ownsFile: whether the file of a Unix socket is removed when the server stops.
    public init(adopting descriptor: Int32, for configured: SocketAddress, ownsFile: Bool = false) {
        self.descriptor = descriptor
        self.configured = configured
        isAdopted = true
        if ownsFile, case .unix(let path) = configured {
            // getsockname(2) would report the temporary path to which the socket was bound.
            address = configured
            file = SocketFile(existing: path)
        } else {
            address = SocketAddress(of: descriptor) ?? configured
            file = nil
        }
    }

    deinit { close() }

    /// Closes the descriptor now, even if other code still refers to this object: the kernel accepts connections while
    /// it is open.
    public func close() {
        guard !isClosed.exchange(true, ordering: .relaxed) else { return }
        Glibc.close(descriptor)
    }

    /// Lets clients connect.
    func listen() throws(ServerStartError) {
        guard !isAdopted else { return }
        guard Glibc.listen(descriptor, 4_096) == 0 else { throw ServerStartError("cannot listen on \(configured)") }
        try file?.publish()
    }

    /// Binds to the addresses that have no adopted socket.
    /// - Returns: a socket for each address, in their order.
    /// - Throws: when binding fails, or when two of the addresses overlap.
    public static func bind(
        _ addresses: [SocketAddress], using adopted: [ListeningSocket] = []
    ) throws(ServerStartError) -> [ListeningSocket] {
        var adopted = adopted
        var sockets: [ListeningSocket] = []
        do throws(ServerStartError) {
            for address in addresses {
                let known = adopted.firstIndex { $0.configured.canonical == address.canonical }
                let socket =
                    if let known { adopted.remove(at: known) } else { try ListeningSocket(binding: address) }
                // The kernel would report the overlap only when both sockets listen. Compares bound addresses, because
                // two names may resolve to the same one.
                if let other = sockets.first(where: { $0.address.overlaps(socket.address) }) {
                    socket.discard()
                    throw ServerStartError("cannot listen on both \(address) and \(other.configured)", code: EADDRINUSE)
                }
                sockets.append(socket)
            }
        } catch {
            for socket in sockets { socket.discard() }
            throw error
        }
        return sockets
    }

    /// Removes the file of a Unix socket, unless another socket has its path now. The service manager's files stay.
    public func removeFile() { file?.remove() }

    /// Closes the socket and removes its file, if the server does not start after all.
    public func discard() {
        close()
        if !isAdopted { file?.remove() }
    }
}

/// One event loop's access to a listening socket: a duplicate descriptor. All loops share the socket's queue.
final class Entrance: Sendable {
    let descriptor: Int32
    /// The listener whose settings apply to the connections.
    let listener: Listener
    private let isClosed = Atomic(false)

    init(to socket: ListeningSocket, for listener: Listener) throws(ServerStartError) {
        self.listener = listener
        descriptor = fcntl(socket.descriptor, F_DUPFD_CLOEXEC, 0)
        guard descriptor >= 0 else { throw ServerStartError("cannot share a socket between event loops") }
    }

    deinit { close() }

    /// Closes the descriptor now, even if other code still refers to this object: the kernel accepts connections while
    /// it is open.
    func close() {
        guard !isClosed.exchange(true, ordering: .relaxed) else { return }
        Glibc.close(descriptor)
    }
}
