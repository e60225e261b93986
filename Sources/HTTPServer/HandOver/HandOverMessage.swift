import CLinux
import Glibc

/// The messages from a running server to its successor. Each is one datagram on a `SOCK_SEQPACKET` socket.
enum HandOverMessage: Equatable {
    /// Another successor already has the sockets, or the server is stopping.
    case busy
    /// The number of sockets that follow.
    case sockets(Int)
    /// A listening socket. Its descriptor comes with the message.
    case socket(SocketAddress, ownsFile: Bool)

    /// The version of this protocol. A server refuses a peer with another one.
    private static let version = "1"
    /// The longest message, in bytes: a path and the text around it.
    static let longest = 8_192

    var text: String {
        switch self {
        case .busy: "allclear \(Self.version) busy"
        case .sockets(let count): "allclear \(Self.version) sockets \(count)"
        case .socket(let address, let ownsFile): "\(ownsFile ? "owned" : "kept") \(address)"
        }
    }

    init?(_ text: String) {
        if text == Self.busy.text {
            self = .busy
            return
        }
        let prefix = "allclear \(Self.version) sockets "
        if text.hasPrefix(prefix) {
            guard let count = Int(text.dropFirst(prefix.count)), count >= 0 else { return nil }
            self = .sockets(count)
            return
        }
        guard let space = text.firstIndex(of: " "), ["owned", "kept"].contains(text[..<space]),
            let address = SocketAddress(String(text[text.index(after: space)...]))
        else { return nil }
        self = .socket(address, ownsFile: text[..<space] == "owned")
    }

    /// Sends the message without blocking.
    /// - Parameter descriptor: the descriptor to pass with it; -1 for none.
    /// - Returns: whether it was sent.
    func send(to socket: Int32, passing descriptor: Int32 = -1) -> Bool {
        let bytes = Array(text.utf8)
        var sent: Int
        repeat {
            sent = allclear_send_descriptor(socket, bytes, bytes.count, descriptor)
        } while sent < 0 && errno == EINTR
        return sent == bytes.count
    }

    /// Receives a message and the descriptor that came with it; -1 if none did.
    /// - Returns: nil at the end of the connection, after a timeout, or if the message is malformed.
    static func receive(from socket: Int32) -> (message: HandOverMessage, descriptor: Int32)? {
        var bytes = [UInt8](repeating: 0, count: longest)
        var descriptor: Int32 = -1
        var count: Int
        repeat {
            count = allclear_receive_descriptor(socket, &bytes, bytes.count, &descriptor)
        } while count < 0 && errno == EINTR
        guard count > 0, let message = HandOverMessage(String(decoding: bytes[..<count], as: UTF8.self)) else {
            if descriptor >= 0 { close(descriptor) }
            return nil
        }
        return (message, descriptor)
    }
}

/// A connection between a server and its successor. It lasts as long as both run, so each one notices when the other
/// ends.
final class HandOverConnection: Sendable {
    let descriptor: Int32

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Announces to the other process that this one is about to end.
    func leave() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Whether the other process still runs.
    var isOpen: Bool {
        var events = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        // Nothing is sent after the sockets, so anything readable is the end of the connection.
        return poll(&events, 1, 0) == 0
    }

    /// The process at the other end; nil if it runs as another user.
    var peer: pid_t? {
        var process: pid_t = 0
        var user: uid_t = 0
        guard allclear_peer(descriptor, &process, &user) == 0, user == geteuid() else { return nil }
        return process
    }
}
