/// The connections of an event loop whose requests are held.
final class HeldConnections {
    private var connections: [Connection] = []
    /// The number of connections, counted from the start, that have not received the current news.
    private var untold = 0
    /// More news came during the current round: a new round must notify all connections again.
    private var hasMoreNews = false

    var isTelling: Bool { untold > 0 || hasMoreNews }

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
    func beginTelling() { hasMoreNews = true }

    /// The next connection to notify. The order is from the end to the start. `remove` moves only the last connection,
    /// so none moves past its turn.
    func next() -> Connection? {
        untold = min(untold, connections.count)
        if untold == 0, hasMoreNews {
            hasMoreNews = false
            untold = connections.count
        }
        guard untold > 0 else { return nil }
        untold -= 1
        return connections[untold]
    }
}
