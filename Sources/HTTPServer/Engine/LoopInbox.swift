import CLinux
import Dispatch
import Glibc
import Locking
import Synchronization

/// The messages from other threads to an event loop, and an eventfd that wakes the loop to read them.
final class LoopInbox: Sendable {
    enum Message: Sendable {
        /// The answer for a connection; nil when the handler dropped the request.
        case answer(ConnectionID, Response?)
        /// Serve a connection that another loop accepted.
        case connection(Int32, from: IPAddress?, by: Listener)
        /// Held requests may have an answer now.
        case news
        /// Use these settings from now on, then signal `inUse`.
        indirect case settings(ServerSettings, inUse: DispatchSemaphore)
        /// Stop accepting, finish the requests in progress, and end the loop.
        case stop(handingOver: Bool)
    }

    private struct State {
        var messages: [Message] = []
        /// The loop has ended.
        var isClosed = false
    }

    let descriptor: Int32
    private let loadCount = Atomic(0)
    private let state = Locked(State())

    init() throws(ServerStartError) {
        descriptor = eventfd(0, allclear_eventfd_flags)
        guard descriptor >= 0 else { throw ServerStartError("cannot create an eventfd") }
    }

    deinit { close(descriptor) }

    /// The number of connections on the loop, including those being passed to it.
    var load: Int { loadCount.load(ordering: .relaxed) }

    func addLoad(_ connections: Int) { loadCount.add(connections, ordering: .relaxed) }

    /// - Returns: false if the loop has ended and will not read the message.
    @discardableResult
    func post(_ message: Message) -> Bool {
        let (isFirst, isClosed) = state.withLock { state in
            if !state.isClosed { state.messages.append(message) }
            return (state.messages.count == 1, state.isClosed)
        }
        guard !isClosed else { return false }
        guard isFirst else { return true }
        var one: UInt64 = 1
        // Retry until the eventfd is written: only the first message of a batch wakes the loop, so a lost wake-up would
        // block the inbox forever.
        while write(descriptor, &one, 8) < 0, errno == EINTR {}
        return true
    }

    /// Takes all messages, oldest first.
    func takeAll() -> [Message] {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
        return state.withLock { state in
            defer { state.messages.removeAll(keepingCapacity: true) }
            return state.messages
        }
    }

    /// Closes the inbox, unless it still has unread messages.
    /// - Returns: whether it is closed.
    func closeIfEmpty() -> Bool {
        state.withLock { state in
            state.isClosed = state.messages.isEmpty
            return state.isClosed
        }
    }
}
