import Glibc

/// The end of a turn: what a connection waits for next, and how long.
extension EventLoop {
    /// The lingering timeout, in seconds: since the last bytes from the peer, and in total.
    private static let lingerTimeout = 2
    private static let longestLingering = 30

    /// Offers the socket the output that it did not accept before.
    func writeMore(_ connection: Connection) {
        guard output.offerPending(of: connection) else { return }
        if case .held = connection.phase {
            if !connection.hasPendingOutput { caughtUp(connection) }
            return
        }
        if case .body = connection.phase, !connection.hasPendingOutput {
            connection.deadline = min(connection.bodyDeadline, connection.requestDeadline)
            return
        }
        connection.deadline =
            connection.hasPendingOutput
            ? min(clock.second + settings.pointee.writeTimeout, connection.requestDeadline)
            : clock.second + settings.pointee.idleTimeout
    }

    /// Decides what a connection waits for next.
    func settle(_ connection: Connection) {
        if connection.isBroken { return close(connection) }
        if connection.hasPendingOutput {
            if case .held = connection.phase { return timeReading(of: connection) }
            let longest = min(clock.second + settings.pointee.writeTimeout, connection.requestDeadline)
            connection.deadline = min(connection.deadline, longest)
            return
        }
        switch connection.phase {
        case .handshaking, .handling, .held: break
        case .closing: linger(connection)
        case .lingering: drain(connection)
        case .head, .body:
            if connection.isAtEnd { return close(connection) }
            timeHead(connection)
        }
    }

    /// Sets the deadline of a head when its first byte has arrived.
    private func timeHead(_ connection: Connection) {
        guard case .head = connection.phase else { return }
        if !connection.hasInput {
            if stopDeadline != nil { leave(connection) }
        } else if !connection.isHeadTimed {
            connection.isHeadTimed = true
            connection.deadline = clock.second + settings.pointee.headTimeout
            connection.requestDeadline = clock.second + settings.pointee.requestTimeout
        }
    }

    private func linger(_ connection: Connection) {
        guard !connection.isAtEnd, connection.finishSending() else { return close(connection) }
        connection.phase = .lingering
        connection.dropInput()
        connection.requestDeadline = clock.second + Self.longestLingering
        connection.deadline = clock.second + Self.lingerTimeout
        connection.isReadable = true
        drain(connection)
    }

    private func drain(_ connection: Connection) {
        for _ in 0..<Self.readsPerTurn where connection.isReadable {
            let count = recv(connection.descriptor, scratch.baseAddress, scratch.count, 0)
            // The peer is still sending, and reads the answer when it has finished.
            if count > 0 { connection.deadline = min(clock.second + Self.lingerTimeout, connection.requestDeadline) }
            if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) { return close(connection) }
            if count < 0, errno == EAGAIN { connection.isReadable = false }
        }
        if connection.isReadable { postpone(connection) }
    }
}
