/// The connections of one event loop.
final class ConnectionTable {
    private var slots: [Connection?] = []
    private var generations: [UInt32] = []
    private var free: [UInt32] = []
    private(set) var count = 0

    subscript(_ id: ConnectionID) -> Connection? {
        let slot = Int(id.slot)
        guard slot < slots.count, generations[slot] == id.generation else { return nil }
        return slots[slot]
    }

    /// A copy of the list of connections: callers may close connections while they iterate over it.
    var all: [Connection] { slots.compactMap { $0 } }

    func insert(_ origin: ConnectionOrigin) -> Connection {
        let slot: UInt32
        if let reused = free.popLast() {
            slot = reused
        } else {
            slot = UInt32(slots.count)
            slots.append(nil)
            generations.append(0)
        }
        let id = ConnectionID(slot: slot, generation: generations[Int(slot)])
        let connection = Connection(origin, id: id)
        slots[Int(slot)] = connection
        count += 1
        return connection
    }

    func remove(_ id: ConnectionID) {
        guard self[id] != nil else { return }
        slots[Int(id.slot)] = nil
        generations[Int(id.slot)] &+= 1
        free.append(id.slot)
        count -= 1
    }
}
