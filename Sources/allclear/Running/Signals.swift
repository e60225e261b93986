import Dispatch
import Glibc
import Synchronization

/// What the process does about signals.
struct Signals {
    private let sources: [any DispatchSourceSignal]

    /// Returns when signals are listened for: until then they end the process, all but those that `prepare` sees to.
    /// - Parameters:
    ///   - stop: called on the first SIGTERM or SIGINT. Another one a second later or more ends the
    ///     process at once; one that comes with the first does not, as some send it to the process and to its group.
    ///   - reload: called on SIGHUP, never twice at once. Those that come meanwhile are one more call.
    init(stop: @escaping @Sendable () -> Void, reload: @escaping @Sendable () -> Void) {
        let queue = DispatchQueue(label: "allclear.signals")
        let ends = [SIGTERM, SIGINT]
        let registered = DispatchGroup()
        // What is read again waits for the database; who stops the server waits for neither.
        let reloads = DispatchQueue(label: "allclear.reloads")
        let isStopping = Atomic(false)
        sources =
            ends.map { number in
                Self.on(number, queue, registered) {
                    guard !isStopping.exchange(true, ordering: .relaxed) else { return }
                    // Back to the default: if stopping takes too long for someone, the next signal does not wait.
                    queue.asyncAfter(deadline: .now() + .seconds(1)) { Self.end(by: ends) }
                    stop()
                }
            } + [Self.on(SIGHUP, reloads, registered, do: reload)]
        registered.wait()
    }

    /// For a start that takes its time. To be called before there are other threads.
    static func prepare() {
        ignoreBrokenPipes()
        // What only asks to read the configuration again waits until it is listened for.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGHUP)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        if getpid() == 1 { end(by: [SIGTERM, SIGINT]) }
    }

    /// Has these signals end the process at once.
    private static func end(by numbers: [Int32]) {
        for number in numbers {
            if getpid() == 1 {
                // What nobody listens for does nothing to the first process of a container (pid_namespaces(7)).
                signal(number) { _exit(128 + $0) }
            } else {
                signal(number, SIG_DFL)
            }
        }
    }

    /// Has what is written to a pipe that nobody reads fail instead of ending the process.
    static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }

    private static func on(
        _ number: Int32, _ queue: DispatchQueue, _ registered: DispatchGroup, do body: @escaping @Sendable () -> Void
    ) -> any DispatchSourceSignal {
        let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
        source.setEventHandler(handler: body)
        // Not ignored first: a signal that came before Dispatch listens for it would be lost.
        registered.enter()
        source.setRegistrationHandler { registered.leave() }
        source.resume()
        return source
    }

    /// Lets the process open as many files as the system allows it: each connection is one.
    /// - Returns: how many that is.
    static func raiseFileLimit() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1_024 }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Int(clamping: limit.rlim_max)
    }
}
