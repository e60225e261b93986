import Glibc
import Synchronization

/// Where one event loop accepts connections: its own descriptor of a listening socket, whose queue all loops share.
final class Entrance: Sendable {
    let descriptor: Int32
    /// What the server does with the connections.
    let listener: Listener
    private let isClosed = Atomic(false)

    init(to socket: ListeningSocket, for listener: Listener) throws(ServerStartError) {
        self.listener = listener
        descriptor = fcntl(socket.descriptor, F_DUPFD_CLOEXEC, 0)
        guard descriptor >= 0 else { throw ServerStartError("Cannot share a socket between event loops") }
    }

    deinit { close() }

    /// Closes the descriptor now, whoever still refers to this object: while it is open the kernel accepts connections.
    func close() {
        guard !isClosed.exchange(true, ordering: .relaxed) else { return }
        Glibc.close(descriptor)
    }
}
