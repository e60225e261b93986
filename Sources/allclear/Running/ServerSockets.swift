import HTTPServer
import Logging

/// The sockets of a server. They are bound or received before the server opens the database, so a start that cannot
/// listen changes nothing.
struct ServerSockets {
    /// One for each address in `listen`, in that order.
    let main: [ListeningSocket]
    /// The socket for `monitoring.listen`.
    let monitoring: ListeningSocket?
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
        if let predecessor {
            let unused = predecessor.sockets.filter { socket in
                !(addresses + [configuration.monitoring.listen].compactMap(\.self)).contains {
                    $0.canonical == socket.configured.canonical
                }
            }
            if !areInherited, unused.count == predecessor.sockets.count {
                throw TakeOverElsewhere(configuration, predecessor)
            }
            // While this process keeps such a socket open, the kernel still accepts clients there, and nobody serves
            // them.
            for socket in unused { socket.close() }
            adopted += predecessor.sockets
            if !areInherited, !unused.isEmpty {
                logger.warning(
                    "no server will listen on these addresses once the running server ends",
                    metadata: ["addresses": "\(unused.map(\.configured.description).joined(separator: " "))"])
            }
        }
        var sockets = try ListeningSocket.bind(
            addresses + [configuration.monitoring.listen].compactMap(\.self), using: adopted)
        monitoring = sockets.count > addresses.count ? sockets.removeLast() : nil
        main = sockets
    }

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
