import Locking
import CLinux
import Dispatch
import Glibc

/// How other threads speak to an event loop: a list of messages and an eventfd that wakes the loop to read them.
final class LoopInbox: Sendable {
    enum Message: Sendable {
        /// The answer for a connection; nil when the handler dropped the request.
        case answer(ConnectionID, Response?)
        /// Held requests may have an answer now.
        case news
        /// Go by these from now on, and tell that it is so.
        indirect case settings(ServerSettings, inUse: DispatchSemaphore)
        /// Stop accepting, finish what is under way, and end the loop.
        case stop(handingOver: Bool)
    }

    let descriptor: Int32
    private let messages = Locked<[Message]>([])

    init() throws(ServerStartError) {
        descriptor = eventfd(0, allclear_eventfd_flags)
        guard descriptor >= 0 else { throw ServerStartError("Cannot make an eventfd") }
    }

    deinit { close(descriptor) }

    func post(_ message: Message) {
        let isFirst = messages.withLock { messages in
            messages.append(message)
            return messages.count == 1
        }
        guard isFirst else { return }
        var one: UInt64 = 1
        // Without it nothing would be read ever again: only the first message of a batch wakes the loop.
        while write(descriptor, &one, 8) < 0, errno == EINTR {}
    }

    /// Takes all messages, oldest first.
    func takeAll() -> [Message] {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
        return messages.withLock { messages in
            defer { messages.removeAll(keepingCapacity: true) }
            return messages
        }
    }
}
