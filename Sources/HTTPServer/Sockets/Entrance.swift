import Glibc
import Synchronization

/// One event loop's access to a listening socket: a duplicate descriptor. All loops share the socket's queue.
final class Entrance: Sendable {
    let descriptor: Int32
    /// The listener whose settings apply to the connections.
    let listener: Listener
    private let isClosed = Atomic(false)

    init(to socket: ListeningSocket, for listener: Listener) throws(ServerStartError) {
        self.listener = listener
        descriptor = fcntl(socket.descriptor, F_DUPFD_CLOEXEC, 0)
        guard descriptor >= 0 else { throw ServerStartError("Cannot share a socket between event loops") }
    }

    deinit { close() }

    /// Closes the descriptor now, even if other code still refers to this object: the kernel accepts connections while
    /// it is open.
    func close() {
        guard !isClosed.exchange(true, ordering: .relaxed) else { return }
        Glibc.close(descriptor)
    }
}
