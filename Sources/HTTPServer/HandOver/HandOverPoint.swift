import CLinux
import Dispatch
import Glibc
import Locking

/// The Unix socket where a running server gives its listening sockets to a successor. Both know its path.
///
/// Only a process of the same user gets the sockets, and only one at a time. From then on, both servers accept
/// connections from the same queues. If the successor ends first, the server simply continues.
public final class HandOverPoint: Sendable {
    /// Events to log.
    public enum Event: Sendable {
        /// A process got the sockets.
        case handedOver(process: Int)
        /// The successor ended while this server still runs.
        case successorEnded(process: Int)
        /// A process was refused, for this reason.
        case refused(String)
    }

    private struct State {
        /// The connection to the newest successor, even if that has ended.
        var successor: HandOverConnection?
        var isClosed = false
    }

    private let listener: Int32
    private let file: SocketFile
    private let sockets: @Sendable () -> [ListeningSocket]
    private let notify: @Sendable (Event) -> Void
    private let queue = DispatchQueue(label: "allclear.hand-over")
    private let state = Locked(State())

    /// Opens the point, and replaces one that an earlier server left behind.
    /// - Parameters:
    ///   - path: the path where the successor looks for it.
    ///   - sockets: returns the sockets to hand over; called for each successor.
    /// - Throws: when the socket cannot be created.
    public init(
        at path: String, sockets: @escaping @Sendable () -> [ListeningSocket],
        notify: @escaping @Sendable (Event) -> Void
    ) throws(ServerStartError) {
        (listener, file) = try SocketFile.listen(path, type: SOCK_SEQPACKET, mode: 0o600)
        self.sockets = sockets
        self.notify = notify
        do throws(ServerStartError) {
            try file.publish()
        } catch {
            file.remove()
            Glibc.close(listener)
            throw error
        }
        watch(listener) { [self] in accept() }
    }

    /// Whether a successor has the sockets and still runs.
    public var hasSuccessor: Bool { state.withLock { $0.successor }?.isOpen ?? false }

    /// Hands over no more sockets. A successor that already has them keeps them, and the point then stays to refuse
    /// others while this process runs. After this returns, no handover is in progress, so the sockets may be closed.
    public func close() {
        let wasOpen = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        guard wasOpen else { return }
        queue.sync {}
        guard !hasSuccessor else { return }
        file.remove()
        // Wakes the watcher, which closes the descriptor.
        shutdown(listener, Int32(SHUT_RDWR))
    }

    /// Announces to the successor, if there is one, that this server has ended.
    public func leave() { state.withLock { $0.successor }?.leave() }

    private var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Calls `body` on the queue when something can be read, until it returns false.
    private func watch(_ descriptor: Int32, _ body: @escaping @Sendable () -> Bool) {
        let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        source.setEventHandler {
            if !body() { source.cancel() }
        }
        source.setCancelHandler { [listener] in
            if descriptor == listener { Glibc.close(listener) }
        }
        source.resume()
    }

    /// - Returns: false when the point has been shut down.
    private func accept() -> Bool {
        let descriptor = accept4(listener, nil, nil, allclear_socket_flags)
        if descriptor >= 0 {
            handOver(on: HandOverConnection(descriptor))
            return true
        }
        guard [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(errno) else { return errno != EINVAL }
        notify(.refused("this process has no file descriptor left"))
        // The connection stays in the queue, and the watcher would call again at once.
        sleep(1)
        return true
    }

    private func handOver(on connection: HandOverConnection) {
        let descriptor = connection.descriptor
        guard let process = connection.peer else {
            return notify(.refused("the new server runs as another user"))
        }
        guard !hasSuccessor, !isClosed else {
            _ = HandOverMessage.busy.send(to: descriptor)
            let reason = hasSuccessor ? "another server is already taking over" : "this server is stopping"
            return notify(.refused(reason))
        }
        // Set before the sockets are sent: the caller of `close` must be able to see the successor.
        state.withLock { $0.successor = connection }
        let sockets = sockets()
        var isSent = HandOverMessage.sockets(sockets.count).send(to: descriptor)
        for socket in sockets where isSent {
            isSent = HandOverMessage.socket(socket.configured, ownsFile: socket.file != nil)
                .send(to: descriptor, passing: socket.descriptor)
        }
        guard isSent else {
            let reason = String(cString: strerror(errno))
            state.withLock { $0.successor = nil }
            return notify(.refused("cannot send the sockets: \(reason)"))
        }
        notify(.handedOver(process: Int(process)))
        watch(descriptor) { [self] in
            // The connection stays open until there is another successor, because a successor that has announced its
            // end may still ask whether this server runs. The connection must also outlive this watch.
            withExtendedLifetime(connection) { notify(.successorEnded(process: Int(process))) }
            return false
        }
    }
}
