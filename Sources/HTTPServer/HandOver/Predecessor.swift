import CLinux
import Dispatch
import Glibc

/// The running server that this process takes over from, and the listening sockets it handed over.
public final class Predecessor: Sendable {
    /// The sockets, ready to accept from.
    public let sockets: [ListeningSocket]
    private let connection: HandOverConnection
    private let queue = DispatchQueue(label: "allclear.predecessor")

    /// Gets the sockets of the server whose `HandOverPoint` is at `path`.
    /// - Parameter seconds: the timeout for each answer.
    /// - Returns: nil if no server is there.
    /// - Throws: when the server refuses, does not answer, or runs as another user.
    public static func find(at path: String, waitingFor seconds: Int = 10) throws(ServerStartError) -> Predecessor? {
        let descriptor = socket(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw ServerStartError("cannot create the socket for taking over") }
        let connection = HandOverConnection(descriptor)
        var patience = timeval(tv_sec: seconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
        guard SocketFile.withAddress(of: path, { connect(descriptor, $0, $1) }) == 0 else {
            if [ENOENT, ECONNREFUSED, ENOTDIR].contains(errno) { return nil }
            throw ServerStartError("cannot take over at \(path)")
        }
        guard connection.peer != nil else {
            throw ServerStartError(message: "cannot take over at \(path): the running server runs as another user")
        }
        return Predecessor(connection, try receive(from: descriptor, at: path))
    }

    private static func receive(
        from descriptor: Int32, at path: String
    ) throws(ServerStartError) -> [ListeningSocket] {
        let count: Int
        switch HandOverMessage.receive(from: descriptor)?.message {
        case .sockets(let announced): count = announced
        case .busy:
            throw ServerStartError(
                message: "cannot take over at \(path): another server is already taking over, or the running server is "
                    + "stopping; retry later")
        default:
            throw ServerStartError(
                message: "cannot take over at \(path): the running server does not answer or runs another version")
        }
        var sockets: [ListeningSocket] = []
        for _ in 0..<count {
            guard let (message, socket) = HandOverMessage.receive(from: descriptor), socket >= 0 else {
                throw ServerStartError(message: "cannot take over at \(path): the running server has just stopped")
            }
            guard case .socket(let address, let ownsFile) = message else {
                close(socket)
                throw ServerStartError(
                    message: "cannot take over at \(path): the running server runs another version")
            }
            sockets.append(ListeningSocket(adopting: socket, for: address, ownsFile: ownsFile))
        }
        return sockets
    }

    private init(_ connection: HandOverConnection, _ sockets: [ListeningSocket]) {
        self.connection = connection
        self.sockets = sockets
    }

    /// Announces to the predecessor that this server has ended.
    public func leave() { connection.leave() }

    /// Whether the predecessor still runs.
    public var isRunning: Bool { connection.isOpen }

    /// Calls `body` once, when the predecessor has ended.
    public func whenEnded(_ body: @escaping @Sendable () -> Void) {
        let source = DispatchSource.makeReadSource(fileDescriptor: connection.descriptor, queue: queue)
        source.setEventHandler { [self] in
            withExtendedLifetime(self) { source.cancel() }
            body()
        }
        source.resume()
    }
}
