import CLinux
import Glibc
import Logging

/// Accepting connections and TLS handshakes.
extension EventLoop {
    /// Accepts a batch of connections.
    /// - Returns: whether more connections may be waiting.
    @discardableResult
    func acceptConnections(_ entrance: Entrance) -> Bool {
        for _ in 0..<Self.batch {
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let descriptor = peerAddress.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                accept4(entrance.descriptor, $0, &length, allclear_socket_flags)
            }
            guard descriptor >= 0 else {
                switch errno {
                case ECONNABORTED, EINTR: continue
                case EMFILE, ENFILE, ENOBUFS, ENOMEM:
                    pauseAccepting()
                    return false
                default: return false
                }
            }
            let peer = length > 0 ? IPAddress(peerAddress.pointee) : nil
            if !pass(descriptor, from: peer, by: entrance.listener) {
                welcome(descriptor, from: peer, by: entrance.listener)
            }
        }
        return true
    }

    /// Passes a connection to the loop with the fewest connections. This is needed because the kernel wakes the same
    /// loop for most connections. A difference of up to an eighth is not worth waking another thread.
    /// - Returns: whether another loop takes the connection.
    private func pass(_ descriptor: Int32, from peer: IPAddress?, by listener: Listener) -> Bool {
        guard stopDeadline == nil else { return false }
        var (target, least) = (inbox, inbox.load)
        let own = least
        for other in inboxes {
            let load = other.load
            if load < least { (target, least) = (other, load) }
        }
        guard own > least + least / 8 else { return false }
        target.addLoad(1)
        return target.post(.connection(descriptor, from: peer, by: listener))
    }

    func welcome(_ descriptor: Int32, from peer: IPAddress?, by listener: Listener) {
        let isFromProxy = settings.pointee.trustedProxies.contains(peer)
        var origin = ConnectionOrigin(
            descriptor: descriptor, listener: listener, peer: peer, isFromProxy: isFromProxy)
        let counted = isFromProxy ? nil : peer
        if let refusal = context.connectionCount.admit(counted) {
            let limit: Limit = refusal == .atLimit ? .connections : .connectionsOfAddress
            counters.add(limit.counter)
            return reject(origin, limit)
        }
        if let tls = listener.tls {
            origin.tls = TLSSession(tls.certificates, on: descriptor)
            guard origin.tls != nil else {
                context.connectionCount.release(counted)
                return reject(origin)
            }
        }
        counters.add(.connectionsAccepted)
        inbox.addLoad(1)
        let connection = connections.insert(origin)
        connection.deadline =
            clock.second
            + (origin.tls == nil ? settings.pointee.idleTimeout : settings.pointee.handshakeTimeout)
        let mask = allclear_epollin | allclear_epollout | allclear_epollrdhup | allclear_epollet
        if !watch(descriptor, mask, connection.id.eventData) { return close(connection) }
        // The connection arrived while the server stops: the loop answers its requests and then closes it.
        if stopDeadline != nil {
            connection.isReadable = true
            advance(connection)
        }
    }

    private func pauseAccepting() {
        guard !isAcceptPaused else { return }
        context.logger.warning(
            "out of file descriptors: no connections are accepted for 1 s",
            metadata: [
                "connections": .stringConvertible(connections.count), "error": "\(String(cString: strerror(errno)))",
            ])
        isAcceptPaused = true
        counters.add(.acceptPauses)
        unwatchEntrances()
    }

    /// Tries to send 503 and closes the connection. With TLS it only closes, because the answer would cost a handshake.
    private func reject(_ origin: ConnectionOrigin, _ limit: Limit? = nil) {
        defer { Glibc.close(origin.descriptor) }
        context.logger.debug(
            "rejecting a connection",
            metadata: [
                "reason": "\(limit?.rawValue ?? "no TLS session")", "remote": "\(origin.peer?.description ?? "")",
            ])
        // Only one system call and no more work, because these connections may come in large numbers.
        let refusal = refusal(of: origin, limit)
        guard origin.listener.tls == nil else { return }
        _ = Glibc.send(origin.descriptor, refusal, refusal.count, allclear_msg_nosignal)
        shutdown(origin.descriptor, Int32(SHUT_WR))
    }

    /// The answer to refused connections. It is built, and a warning logged, at most once a second.
    private func refusal(of origin: ConnectionOrigin, _ limit: Limit?) -> [UInt8] {
        if let last = lastRefusal, last.second == clock.second { return last.bytes }
        let refused = RefusedRequest(remoteAddress: origin.peer?.description ?? "")
        let response = PreparedResponse(context.handler.response(to: .overloaded(limit), of: refused))
        var bytes = response.statusLine + clock.dateField + ResponseWriter.connectionClose
        response.withFields(andBody: true) { bytes += $0 }
        bytes += response.longBody
        lastRefusal = (clock.second, bytes)
        context.logger.warning(
            "rejecting connections",
            metadata: [
                "connections": .stringConvertible(connections.count),
                "over_limit": .stringConvertible(counters.count(.connectionsOverLimit)),
                "over_limit_of_address": .stringConvertible(counters.count(.connectionsOverLimitOfAddress)),
            ])
        return bytes
    }

    /// Continues the TLS handshake.
    /// - Returns: whether the handshake is over and the connection is still open.
    func continueHandshake(_ connection: Connection) -> Bool {
        guard let tls = connection.tls else { return false }
        switch tls.handshake() {
        case .waiting:
            if tls.isInterrupted { postpone(connection) }
            return false
        case .done:
            counters.add(.handshakes)
            if tls.isResumed { counters.add(.handshakesResumed) }
            connection.phase = .head
            connection.deadline = clock.second + settings.pointee.idleTimeout
            // The first request may have arrived with the last message of the handshake.
            connection.isReadable = true
        case .plainHTTP:
            counters.add(.handshakesFailed)
            connection.dropTLS()
            connection.minorVersion = 1
            refuse(connection, .plainHTTP)
        case .failed(let reason):
            counters.add(.handshakesFailed)
            context.logger.debug("TLS handshake failed", metadata: ["reason": "\(reason)"])
            close(connection)
            return false
        }
        return true
    }
}
