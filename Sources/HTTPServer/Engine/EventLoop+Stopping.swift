/// How a loop ends without losing a request that is on its way.
extension EventLoop {
    /// Seconds that idle connections have for one more request when the server hands over. Clients that are between two
    /// requests send the next one in that time, or find the connection closed before they do.
    private static let lastRequestSeconds = 1

    /// Stops accepting connections and closes idle ones. Every answer from now on says that its connection closes.
    func stop(handingOver: Bool) {
        guard stopDeadline == nil else { return }
        stopDeadline = clock.second + settings.pointee.shutdownTimeout
        handsOver = handingOver
        for connection in connections.all {
            switch connection.phase {
            case .held: stopHeld(connection)
            // The client does not wait for an answer yet.
            case .handshaking: hurry(connection, seconds: Self.lastRequestSeconds + 1)
            default: break
            }
        }
        // Connections in the queue are established as far as their clients know. Where another process accepts, too, this
        // loop may have been the only one that the kernel woke for them.
        for entrance in entrances { while acceptConnections(entrance) {} }
        unwatchEntrances()
        for entrance in entrances { entrance.close() }
        entrances = []
        for connection in connections.all where connection.isIdle {
            // A request that has arrived is answered.
            connection.isReadable = true
            advance(connection)
        }
    }

    /// Closes a connection without a request, now or after time for a last one.
    func leave(_ connection: Connection) {
        guard handsOver else { return close(connection) }
        hurry(connection, seconds: Self.lastRequestSeconds)
    }

    private func hurry(_ connection: Connection, seconds: Int) {
        connection.deadline = min(connection.deadline, clock.second + seconds)
    }
}
