/// How a loop ends: without a request lost that was on its way.
extension EventLoop {
    /// Stops accepting connections, at once or when those on their way have arrived, and closes what is idle. Whoever
    /// is answered from now on is told that the connection closes.
    func stop(handingOver: Bool) {
        guard stopDeadline == nil else { return }
        stopDeadline = clock.second + settings.pointee.shutdownTimeout
        for connection in connections.all {
            if case .held = connection.phase { stopHeld(connection) }
            // Nobody waits for an answer yet.
            if case .handshaking = connection.phase {
                connection.deadline = min(connection.deadline, clock.second + settings.pointee.handOverSeconds + 1)
            }
        }
        // From a socket that came from elsewhere, a successor accepts.
        for listener in listeners where listener.isInherited { listener.close() }
        listeners.removeAll(where: \.isInherited)
        guard handingOver, settings.pointee.handOverSeconds > 0 else { return finishAccepting() }
        handsOver = true
        acceptDeadline = clock.second + settings.pointee.handOverSeconds
        HandOver.steerAway(listeners)
    }

    /// Accepts what has arrived and nothing more.
    func finishAccepting() {
        acceptDeadline = nil
        HandOver.steerToOne(listeners)
        for listener in listeners {
            // Connections that wait in the queue have been accepted as far as their clients know.
            while acceptConnections(listener) {}
            listener.close()
        }
        listeners = []
        for connection in connections.all where connection.isIdle {
            // A request that has arrived is answered.
            connection.isReadable = true
            advance(connection)
        }
    }

    /// Lets a connection without a request go.
    func leave(_ connection: Connection) {
        guard handsOver else { return close(connection) }
        // What it is about to ask is not lost.
        connection.deadline = min(
            connection.deadline, (acceptDeadline ?? clock.second) + settings.pointee.handOverSeconds)
    }
}
