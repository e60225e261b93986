/// The connections of an event loop whose requests are held.
final class HeldConnections {
    private var connections: [Connection] = []
    /// How many from the start on have not been told of the latest news.
    private var untold = 0

    var isTelling: Bool { untold > 0 }

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

    /// All there are now have to be told, those that were told of earlier news too.
    func beginTelling() { untold = connections.count }

    /// The next to be told. From the end towards the start: what takes a place that was passed has been told, or came later.
    func next() -> Connection? {
        untold = min(untold, connections.count)
        guard untold > 0 else { return nil }
        untold -= 1
        return connections[untold]
    }
}
