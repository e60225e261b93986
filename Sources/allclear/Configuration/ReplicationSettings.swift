import HTTPServer
import JSONInput
import Litestream
import Storage

/// How Litestream replicates each write before it is answered.
struct ReplicationSettings: Equatable {
    /// The path of Litestream's control socket.
    var socket: String
    /// The longest wait for one confirmation.
    var timeoutSeconds = 5
    var onFailure = Replication.OnFailure.refuse

    func socket(for database: String) -> LitestreamSocket {
        LitestreamSocket(path: socket, database: database, timeout: timeoutSeconds)
    }
}

extension ReplicationSettings {
    /// Reads `replication`.
    /// - Returns: nil if it has no valid socket. The reader has then noted a fault.
    init?(_ reader: JSONReader) {
        if !reader.has("litestream_socket") {
            reader.faults.note(JSONFault(.missing, reader.pointer.appending("litestream_socket"), "is required"))
        }
        let most = SocketAddress.longestPath
        let socket = reader.parsed(
            "litestream_socket", { (1...most).contains($0.utf8.count) && !$0.utf8.contains(0) ? $0 : nil },
            rule: "must be the path of Litestream's socket, of 1 to \(most) bytes")
        let timeout = reader.integer("timeout_seconds", in: 1...300)
        let onFailure: Replication.OnFailure? = reader.choice("on_failure")
        reader.refuseUnknownMembers()
        guard let socket else { return nil }
        self.init(socket: socket)
        timeoutSeconds = timeout ?? timeoutSeconds
        self.onFailure = onFailure ?? self.onFailure
    }
}

extension Configuration {
    /// The program that makes the checkpoints. With replication, only Litestream may make them.
    var checkpointOwner: Checkpoints? { replication == nil ? checkpoints : .external }

    /// - Parameters:
    ///   - replicator: replaces Litestream.
    ///   - observe: called after each attempt to replicate, with its duration.
    func makeReplication(
        with replicator: (any Replicator)? = nil,
        observe: @escaping @Sendable (Duration, _ isReplicated: Bool) -> Void = { _, _ in }
    ) -> Replication? {
        replication.map { settings in
            Replication(
                replicator ?? settings.socket(for: database), onFailure: settings.onFailure, observe: observe)
        }
    }
}
