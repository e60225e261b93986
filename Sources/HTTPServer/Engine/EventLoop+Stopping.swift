/// Stopping a loop without losing a request in transit.
extension EventLoop {
    /// The seconds that idle connections get for one more request when the server hands over. A client that is between
    /// two requests either sends the next one in this time, or sees the connection close before it sends.
    private static let lastRequestSeconds = 1

    /// Stops accepting connections and closes idle ones. From now on, every answer closes its connection.
    func stop(handingOver: Bool) {
        guard stopDeadline == nil else { return }
        stopDeadline = clock.second + settings.pointee.shutdownTimeout
        handsOver = handingOver
        for connection in connections.all {
            switch connection.phase {
            case .held: stopHeld(connection)
            // A client in a handshake is not waiting for an answer yet.
            case .handshaking: hurry(connection, seconds: Self.lastRequestSeconds + 1)
            default: break
            }
        }
        // For their clients, connections in the accept queue are already established. If another process also accepts
        // from the queue, the kernel may have woken only this loop for them.
        for entrance in entrances { while acceptConnections(entrance) {} }
        unwatchEntrances()
        for entrance in entrances { entrance.close() }
        entrances = []
        for connection in connections.all where connection.isIdle {
            // If a request has arrived, it is answered.
            connection.isReadable = true
            advance(connection)
        }
    }

    /// Closes an idle connection: at once, or after time for one last request if the server hands over.
    func leave(_ connection: Connection) {
        guard handsOver else { return close(connection) }
        hurry(connection, seconds: Self.lastRequestSeconds)
    }

    private func hurry(_ connection: Connection, seconds: Int) {
        connection.deadline = min(connection.deadline, clock.second + seconds)
    }
}
