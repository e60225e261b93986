import CLinux
import Glibc
import Synchronization

/// A socket from which one event loop accepts connections.
final class ListeningSocket: Sendable {
    let descriptor: Int32
    let listener: Listener
    /// Other loops accept from the same queue, so that a connection is to wake only one of them.
    let isShared: Bool
    /// It listened before this server started, and goes on when it ends.
    let isInherited: Bool
    /// How many sockets of this server share the port; 0 for one that is not of that kind.
    let siblings: Int
    private let isClosed = Atomic(false)

    init(
        _ descriptor: Int32, of listener: Listener, isShared: Bool = false, isInherited: Bool = false, siblings: Int = 0
    ) {
        self.descriptor = descriptor
        self.listener = listener
        self.isShared = isShared
        self.isInherited = isInherited
        self.siblings = siblings
    }

    deinit { close() }

    func close() {
        guard !isClosed.exchange(true, ordering: .relaxed) else { return }
        Glibc.close(descriptor)
    }
}

/// The sockets of one listener: one for each event loop.
struct ListeningSockets {
    var sockets: [ListeningSocket] = []
    /// With the port that the kernel chose if 0 was asked for.
    let address: SocketAddress
    /// The file of a Unix socket.
    let file: SocketFile?

    /// Takes the address; `listen` lets clients in.
    /// - Parameter isSuccessor: another server may listen there. There are as many sockets as it has then, at least:
    ///   `HandOver` counts on that.
    init(_ listener: Listener, loops: Int, isSuccessor: Bool = false) throws(ServerStartError) {
        switch listener.address {
        case .tcp(let host, let port):
            let first = try TCPSocket.bind(host: host, port: port, sharing: true)
            let count = Self.count(loops: loops, others: isSuccessor ? ListenerTable.count(at: first) : 0)
            sockets = [ListeningSocket(first, of: listener, siblings: count)]
            let bound = try TCPSocket.port(of: first)
            address = .tcp(host: host, port: bound)
            file = nil
            // Each loop has a queue of its own, over which the kernel spreads the connections (SO_REUSEPORT).
            for _ in 1..<count {
                let next = try TCPSocket.bind(host: host, port: bound, sharing: true)
                sockets.append(ListeningSocket(next, of: listener, siblings: count))
            }
        case .unix(let path):
            let (descriptor, file) = try SocketFile.listen(path)
            address = listener.address
            self.file = file
            try share(descriptor, of: listener, loops: loops, isInherited: false)
        }
    }

    /// Takes a socket that listens already, wherever that is. It is closed with the sockets made of it.
    init(inherited descriptor: Int32, for listener: Listener, loops: Int) throws(ServerStartError) {
        address = SocketAddress(of: descriptor) ?? listener.address
        file = nil
        try share(descriptor, of: listener, loops: loops, isInherited: true)
    }

    private mutating func share(
        _ descriptor: Int32, of listener: Listener, loops: Int, isInherited: Bool
    ) throws(ServerStartError) {
        func socket(_ descriptor: Int32) -> ListeningSocket {
            ListeningSocket(descriptor, of: listener, isShared: loops > 1, isInherited: isInherited)
        }
        sockets = [socket(descriptor)]
        for _ in 1..<max(1, loops) {
            let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
            guard copy >= 0 else { throw ServerStartError("Cannot share a socket between event loops") }
            sockets.append(socket(copy))
        }
    }

    /// How many sockets a server has that takes over from so many others.
    static func count(loops: Int, others: Int) -> Int {
        // No server has more: where there are more, they are those of several.
        let least = min(max(loops, others), ServerSettings.mostEventLoops)
        // As many on each loop, where that is to be had: the kernel spreads connections over sockets.
        let even = (least + loops - 1) / loops * loops
        return even <= ServerSettings.mostEventLoops ? even : least
    }

    /// What one of so many loops accepts from.
    func sockets(ofLoop index: Int, of loops: Int) -> [ListeningSocket] {
        stride(from: index, to: sockets.count, by: loops).map { sockets[$0] }
    }

    /// Lets clients in by the sockets that are this server's own.
    func listen() throws(ServerStartError) {
        guard case .tcp = address else { return }
        for socket in sockets where !socket.isInherited { try TCPSocket.listen(socket.descriptor, on: address) }
    }

    /// Refuses an address that cannot be taken whoever has it: it is not this machine's, or there is no such directory.
    static func checkUsable(_ address: SocketAddress) throws(ServerStartError) {
        switch address {
        case .tcp(let host, let port): close(try TCPSocket.bind(host: host, port: port, sharing: true))
        case .unix(let path):
            let (descriptor, file) = try SocketFile.listen(path)
            file.remove()
            close(descriptor)
        }
    }

    /// Refuses an address that someone listens on already. With `SO_REUSEPORT` alone, two servers started by mistake
    /// would share it and each answer half of the requests.
    /// - Parameter others: addresses that will be listened on by then.
    static func checkUnused(
        _ address: SocketAddress, beside others: [SocketAddress] = []
    ) throws(ServerStartError) {
        switch address {
        case .tcp(_, port: 0): return
        case .tcp(let host, let port):
            let probe = try TCPSocket.bind(host: host, port: port, sharing: false)
            defer { close(probe) }
            var held: [(descriptor: Int32, address: SocketAddress)] = []
            defer { for one in held { close(one.descriptor) } }
            for case .tcp(let host, let port) in others where port != 0 {
                let descriptor = try TCPSocket.bind(host: host, port: port, sharing: true)
                held.append((descriptor, SocketAddress(host: host, port: port)))
            }
            // Only now, when all names are looked up: whoever connects meanwhile is let in by nobody.
            for one in held { try TCPSocket.listen(one.descriptor, on: one.address) }
            // Two sockets that only bind do not conflict under SO_REUSEADDR.
            try TCPSocket.listen(probe, on: address)
        case .unix(let path): try SocketFile.checkUnused(path)
        }
    }
}
