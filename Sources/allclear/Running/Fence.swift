import StatusPages
import Storage

/// Refuses to start on a database to which another server wrote in the last 10 s. Two servers that replicate to one
/// place overwrite each other's writes. Nothing else would notice it, because Litestream confirms both.
enum Fence {
    /// How old the last heartbeat of another server must be, in milliseconds.
    static let silence: Int64 = 10_000

    struct Closed: Error, CustomStringConvertible {
        let age: Int64

        var description: String {
            "another server wrote to this database \(age / 1_000) s ago and may still replicate to the same place; "
                + "make sure that it has stopped, then wait \(silence / 1_000) s or use --force"
        }
    }

    /// - Parameter identity: this server's; nil for a copy, whose heartbeats all come from other servers.
    static func check(_ heartbeat: Heartbeat?, identity: String?, at now: Timestamp) throws {
        guard let heartbeat, heartbeat.server != identity else { return }
        let age = now.milliseconds - heartbeat.at.milliseconds
        if age < silence { throw Closed(age: max(0, age)) }
    }
}
