import CLinux
import Dispatch
import Glibc
import Locking

/// Where a running server gives its listening sockets to a successor: a Unix socket with a path that both know.
///
/// Only a process of the same user gets the sockets, and only one at a time. From then on both accept connections from
/// the same queues. When the successor ends first, the server continues as if nothing had happened.
public final class HandOverPoint: Sendable {
    /// What happens at the point, for the log.
    public enum Event: Sendable {
        /// A process got the sockets.
        case handedOver(process: Int)
        /// The successor ended while this server still runs.
        case successorEnded(process: Int)
        /// A process was refused; the reason.
        case refused(String)
    }

    private struct State {
        var successor: HandOverConnection?
        var isClosed = false
    }

    private let listener: Int32
    private let file: SocketFile
    private let sockets: @Sendable () -> [ListeningSocket]
    private let notify: @Sendable (Event) -> Void
    private let queue = DispatchQueue(label: "allclear.hand-over")
    private let state = Locked(State())

    /// Opens the point, in place of one that a server left behind.
    /// - Parameters:
    ///   - path: where the successor finds it.
    ///   - sockets: the sockets to hand over, asked for each time.
    /// - Throws: when no socket can be made there.
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
        watch(listener) { [self] in
            accept()
            return true
        }
    }

    /// Whether a successor has the sockets and still runs.
    public var hasSuccessor: Bool { state.withLock { $0.successor }?.isOpen ?? false }

    /// Accepts no successor from now on. One that has the sockets keeps them. When it returns, no socket is being
    /// handed over, so they may be closed.
    public func close() {
        let wasOpen = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        guard wasOpen else { return }
        file.remove()
        // Wakes the watcher, which closes the descriptor.
        shutdown(listener, Int32(SHUT_RDWR))
        queue.sync {}
    }

    private var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Calls `body` on the queue when something can be read, until it returns false or the point is closed.
    private func watch(_ descriptor: Int32, _ body: @escaping @Sendable () -> Bool) {
        let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        source.setEventHandler { [self] in
            if isClosed || !body() { source.cancel() }
        }
        source.setCancelHandler { [listener] in
            if descriptor == listener { Glibc.close(listener) }
        }
        source.resume()
    }

    private func accept() {
        let descriptor = accept4(listener, nil, nil, allclear_socket_flags)
        guard descriptor >= 0 else { return }
        let connection = HandOverConnection(descriptor)
        guard let process = connection.peer else {
            return notify(.refused("it runs as another user"))
        }
        guard !hasSuccessor else {
            _ = HandOverMessage.busy.send(to: descriptor)
            return notify(.refused("another server is already taking over"))
        }
        // Before it has them: whoever closes the point has to know.
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
            return notify(.refused("the sockets cannot be sent: \(reason)"))
        }
        notify(.handedOver(process: Int(process)))
        watch(descriptor) { [self] in
            state.withLock { if $0.successor === connection { $0.successor = nil } }
            notify(.successorEnded(process: Int(process)))
            return false
        }
    }
}
