import GRDB
public import StatusPages

/// The last sign of life of the server that writes to a database. It is replicated like every write. So a copy shows
/// how old it is, and whose database it is a copy of.
public struct Heartbeat: Equatable, Sendable {
    /// The identity of the server: see `DatabaseFile.serverIdentity`.
    public let server: String
    public let at: Timestamp

    public init(server: String, at: Timestamp) {
        self.server = server
        self.at = at
    }
}

extension ReadTransaction {
    /// Nil if no server with replication has written to the database yet.
    public func heartbeat() throws -> Heartbeat? {
        try db.query("SELECT server, at FROM heartbeat") { row in
            Heartbeat(server: try row.value(0), at: try row.timestamp(1))
        }.first
    }
}

extension WriteTransaction {
    public func record(_ heartbeat: Heartbeat) throws {
        try db.run(
            "INSERT OR REPLACE INTO heartbeat (id, server, at) VALUES (1, ?, ?)",
            [heartbeat.server, heartbeat.at.milliseconds])
    }
}
