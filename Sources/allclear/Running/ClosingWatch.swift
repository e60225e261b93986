import Dispatch
import Glibc
import Locking

/// Notices when a program closes a file that it had open for writing (inotify).
///
/// A command closes the WAL at its end, so the server can show its commit at once. The server itself keeps the WAL
/// open, so its own commits cause no event and cost nothing. Some file systems send no events, and a process may have
/// used up its inotify instances. So this only speeds up a check that also runs at intervals.
final class ClosingWatch: Sendable {
    private let path: String
    private let queue: DispatchQueue
    private let body: @Sendable () -> Void
    private let state = Locked(State())

    // Dispatch sources may be used on any thread.
    private struct State: @unchecked Sendable {
        var descriptor: Int32 = -1
        var source: (any DispatchSourceRead)?
    }

    /// - Parameters:
    ///   - path: the file. It may be missing, or be replaced later.
    ///   - body: called after one or more programs have closed the file.
    init(_ label: String, path: String, _ body: @escaping @Sendable () -> Void) {
        self.path = path
        self.body = body
        queue = DispatchQueue(label: "allclear.\(label)")
    }

    func start() {
        let descriptor = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        guard descriptor >= 0 else { return }
        let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        source.setEventHandler { [body] in
            Self.discardEvents(of: descriptor)
            body()
        }
        source.setCancelHandler { close(descriptor) }
        source.resume()
        state.withLock { $0 = State(descriptor: descriptor, source: source) }
        renew()
    }

    /// Watches the file that is at the path now. Must be called from time to time, because the file may be replaced.
    func renew() {
        state.withLock { state in
            guard state.source != nil else { return }
            _ = inotify_add_watch(state.descriptor, path, UInt32(IN_CLOSE_WRITE))
        }
    }

    /// Waits for the current call of `body` to end. There is no further call.
    func stop() {
        state.withLock { state in
            state.source?.cancel()
            state = State()
        }
        queue.sync {}
    }

    /// All events mean the same.
    private static func discardEvents(of descriptor: Int32) {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        while read(descriptor, &bytes, bytes.count) > 0 {}
    }
}
