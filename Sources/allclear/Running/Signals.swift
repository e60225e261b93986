import Dispatch
import Glibc
import Synchronization

/// Handles the process's signals.
struct Signals {
    private let sources: [any DispatchSourceSignal]

    /// Returns when the handlers are installed. Before that, signals end the process, except those that `prepare`
    /// handles.
    /// - Parameters:
    ///   - stop: called on the first SIGTERM or SIGINT. Another one at least a second later ends the process at once.
    ///     An earlier one is ignored, because some senders signal both the process and its group.
    ///   - reload: called on SIGHUP, never concurrently. All signals that arrive during a call cause one more call.
    ///   - promote: called on SIGUSR1, never together with `reload`.
    init(
        stop: @escaping @Sendable () -> Void, reload: @escaping @Sendable () -> Void,
        promote: @escaping @Sendable () -> Void
    ) {
        let queue = DispatchQueue(label: "allclear.signals")
        let ends = [SIGTERM, SIGINT]
        let registered = DispatchGroup()
        // A reload may wait for the database. A stop must not wait for a reload.
        let reloads = DispatchQueue(label: "allclear.reloads")
        let isStopping = Atomic(false)
        sources =
            ends.map { number in
                Self.on(number, queue, registered) {
                    guard !isStopping.exchange(true, ordering: .relaxed) else { return }
                    // Restore the default action, so that the next signal ends a stop that takes too long.
                    queue.asyncAfter(deadline: .now() + .seconds(1)) { Self.end(by: ends) }
                    stop()
                }
            } + [
                Self.on(SIGHUP, reloads, registered, do: reload), Self.on(SIGUSR1, reloads, registered, do: promote),
            ]
        registered.wait()
    }

    /// Prepares for a slow start. Call it before other threads exist.
    static func prepare() {
        ignoreBrokenPipes()
        // Block these until their handlers are installed. They ask for a reload and a promotion.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGHUP)
        sigaddset(&signals, SIGUSR1)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        if getpid() == 1 { end(by: [SIGTERM, SIGINT]) }
    }

    /// Makes these signals end the process at once.
    private static func end(by numbers: [Int32]) {
        for number in numbers {
            if getpid() == 1 {
                // The kernel ignores signals without a handler for the first process of a container
                // (pid_namespaces(7)).
                signal(number) { _exit(128 + $0) }
            } else {
                signal(number, SIG_DFL)
            }
        }
    }

    /// Makes a write to a pipe without a reader fail instead of ending the process.
    static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }

    private static func on(
        _ number: Int32, _ queue: DispatchQueue, _ registered: DispatchGroup, do body: @escaping @Sendable () -> Void
    ) -> any DispatchSourceSignal {
        let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
        source.setEventHandler(handler: body)
        // Do not ignore the signal first: a signal that arrives before Dispatch listens would be lost.
        registered.enter()
        source.setRegistrationHandler { registered.leave() }
        source.resume()
        return source
    }

    /// Raises the limit of open files as far as the system allows, because each connection is a file.
    /// - Returns: the new limit.
    static func raiseFileLimit() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1_024 }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Int(clamping: limit.rlim_max)
    }
}
