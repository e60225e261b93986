/// The connections of an event loop whose requests are held.
final class HeldConnections {
    private var connections: [Connection] = []
    /// How many from the start on have not been told of the news that is being told.
    private var untold = 0
    /// There was more news since: all have to be told again.
    private var hasMoreNews = false

    var isTelling: Bool { untold > 0 || hasMoreNews }

    func insert(_ connection: Connection) {
        connection.heldIndex = connections.count
        connections.append(connection)
    }

    /// Takes the last one's place for the one that goes.
    func remove(_ connection: Connection) {
        guard let index = connection.heldIndex, let last = connections.popLast() else { return }
        connection.heldIndex = nil
        guard last !== connection else { return }
        connections[index] = last
        last.heldIndex = index
    }

    /// All there are now have to be told, those that were told of earlier news too. What is under way is finished first:
    /// however fast news comes, nobody waits for more than two rounds.
    func beginTelling() { hasMoreNews = true }

    /// The next to be told. From the end towards the start: what takes a place that was passed has been told, or came later.
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
