import HTTPServer
import Logging

/// The sockets of a server. They are bound or received before the server opens the database, so a start that cannot
/// listen changes nothing.
struct ServerSockets {
    /// One for each address in `listen`, in that order.
    let main: [ListeningSocket]
    /// The socket for `monitoring.listen`.
    let monitoring: ListeningSocket?
    /// The predecessor's sockets for addresses that this server does not listen on.
    private let dropped: [ListeningSocket]
    /// Whether the service manager passed the sockets in `main`. They then stay open when this server ends.
    let areInherited: Bool

    /// - Parameters:
    ///   - inherited: descriptors from the service manager; none, or one for each address.
    ///   - predecessor: the running server. Its sockets are used for the addresses that both servers share.
    /// - Throws: `InheritedSockets.Unusable`, `ServerStartError`, or `TakeOverElsewhere`.
    init(
        _ configuration: Configuration, inherited: [Int32], predecessor: Predecessor?, logger: Logger
    ) throws {
        let addresses = configuration.listen.map(\.address)
        try InheritedSockets.check(inherited.count, match: addresses)
        areInherited = !inherited.isEmpty
        var adopted = zip(inherited, addresses).map { ListeningSocket(adopting: $0, for: $1) }
        let all = addresses + [configuration.monitoring.listen].compactMap(\.self)
        if let predecessor {
            let theirs = predecessor.sockets
            dropped = theirs.filter { socket in !all.contains { $0.canonical == socket.configured.canonical } }
            if !areInherited {
                if dropped.count == theirs.count { throw TakeOverElsewhere(configuration, predecessor) }
                if !dropped.isEmpty {
                    logger.warning(
                        "no server will listen on these addresses after the running server stops",
                        metadata: ["addresses": "\(dropped.map(\.configured.description).joined(separator: " "))"])
                }
            }
            adopted += theirs
        } else {
            dropped = []
        }
        let sockets = try ListeningSocket.bind(all, using: adopted)
        // While this process keeps an unused socket open, the kernel still accepts clients there, and nobody serves them.
        for socket in adopted where !sockets.contains(where: { $0 === socket }) { socket.close() }
        main = Array(sockets.prefix(addresses.count))
        monitoring = sockets.count > addresses.count ? sockets.last : nil
    }

    /// Removes the files of all Unix sockets, including the predecessor's that this server does not use. Call it when
    /// no other server accepts from the sockets.
    func removeFiles() { for socket in dropped + main + [monitoring].compactMap(\.self) { socket.removeFile() } }

    /// Removes the files of the predecessor's Unix sockets that this server does not use.
    func removeDroppedFiles() { for socket in dropped { socket.removeFile() } }

    /// Removes the files of Unix sockets if the server does not start after all.
    func discard() { for socket in main + [monitoring].compactMap(\.self) { socket.discard() } }
}

/// The error of a successor that shares no address with the running server. That server's clients would no longer find
/// a server.
struct TakeOverElsewhere: Error, CustomStringConvertible {
    let description: String

    init(_ configuration: Configuration, _ predecessor: Predecessor) {
        let places = configuration.listen.map(\.address.description).joined(separator: ", ")
        let theirs = predecessor.sockets.map(\.configured.description).joined(separator: ", ")
        description =
            "cannot take over: the running server listens on \(theirs), but listen says \(places); "
            + "keep at least one of its addresses, or stop it first"
    }
}
