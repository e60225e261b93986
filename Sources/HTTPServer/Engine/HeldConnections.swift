/// The connections of an event loop whose requests are held.
final class HeldConnections {
    private var connections: [Connection] = []
    /// The number of connections, counted from the start, that have not received the current news.
    private var remaining = 0
    /// More news came during the current round: a new round must notify all connections again.
    private var hasMoreNews = false

    var isNotifying: Bool { remaining > 0 || hasMoreNews }

    func insert(_ connection: Connection) {
        connection.heldIndex = connections.count
        connections.append(connection)
    }

    /// Moves the last connection to the free index.
    func remove(_ connection: Connection) {
        guard let index = connection.heldIndex, let last = connections.popLast() else { return }
        connection.heldIndex = nil
        guard last !== connection else { return }
        connections[index] = last
        last.heldIndex = index
    }

    /// Starts a round that notifies all connections, including those that already got earlier news. A current round
    /// finishes first, so no connection waits for more than two rounds, however often news arrives.
    func beginNotifying() { hasMoreNews = true }

    /// The next connection to notify. The order is from the end to the start. `remove` moves only the last connection,
    /// so none moves past its turn.
    func next() -> Connection? {
        remaining = min(remaining, connections.count)
        if remaining == 0, hasMoreNews {
            hasMoreNews = false
            remaining = connections.count
        }
        guard remaining > 0 else { return nil }
        remaining -= 1
        return connections[remaining]
    }
}
