import CLinux
import Glibc
import Logging

/// How connections come in.
extension EventLoop {
    /// Accepts a batch of connections.
    /// - Returns: whether there may be more.
    @discardableResult
    func acceptConnections(_ socket: ListeningSocket) -> Bool {
        for _ in 0..<Self.batch {
            let descriptor = accept4(socket.descriptor, nil, nil, allclear_socket_flags)
            guard descriptor >= 0 else {
                switch errno {
                case ECONNABORTED, EINTR: continue
                case EMFILE, ENFILE, ENOBUFS, ENOMEM:
                    pauseAccepting()
                    return false
                default: return false
                }
            }
            welcome(descriptor, by: socket.listener)
        }
        return true
    }

    private func welcome(_ descriptor: Int32, by listener: Listener) {
        guard context.connectionCount.admit() else { return turnAway(descriptor, by: listener) }
        var session: TLSSession?
        if let tls = listener.tls {
            session = TLSSession(tls.certificates, on: descriptor)
            guard session != nil else {
                context.connectionCount.release()
                return turnAway(descriptor, by: listener)
            }
        }
        let connection = connections.insert(descriptor: descriptor, listener: listener, tls: session)
        let settings = context.settings
        connection.deadline = clock.second + (session == nil ? settings.idleTimeout : settings.handshakeTimeout)
        let mask = allclear_epollin | allclear_epollout | allclear_epollrdhup | allclear_epollet
        watch(descriptor, mask, connection.id.eventData)
    }

    private func pauseAccepting() {
        guard !isAcceptPaused else { return }
        context.logger.warning(
            "out of file descriptors: accepting no connections for a second",
            metadata: ["connections": "\(connections.count)", "error": "\(String(cString: strerror(errno)))"])
        isAcceptPaused = true
        for listener in listeners { epoll_ctl(epoll, EPOLL_CTL_DEL, listener.descriptor, nil) }
    }

    /// Says 503 as well as it can be said without keeping the connection. By TLS that would cost a handshake.
    private func turnAway(_ descriptor: Int32, by listener: Listener) {
        defer { Glibc.close(descriptor) }
        guard listener.tls == nil else { return }
        let response = PreparedResponse(context.handler.response(to: .overloaded))
        var bytes = Array(response.head[..<response.statusLineEnd])
        bytes += ResponseWriter.connectionClose + response.head[response.statusLineEnd...] + response.body
        _ = Glibc.send(descriptor, bytes, bytes.count, allclear_msg_nosignal)
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Goes on with agreeing on TLS.
    /// - Returns: whether that is over and there is something to go on with.
    func shakeHands(_ connection: Connection) -> Bool {
        guard let tls = connection.tls else { return false }
        switch tls.handshake() {
        case .waiting: return false
        case .done:
            connection.phase = .head
            connection.deadline = clock.second + context.settings.idleTimeout
            // The first request may have come with the handshake's last message.
            connection.isReadable = true
        case .plainHTTP:
            connection.dropTLS()
            connection.minorVersion = 1
            refuse(connection, .plainHTTP)
        case .failed(let reason):
            context.logger.debug("TLS handshake failed", metadata: ["reason": "\(reason)"])
            close(connection)
            return false
        }
        return true
    }
}
