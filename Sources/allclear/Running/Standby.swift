import Dispatch
import HTTPServer
import Locking
import Logging
import PublicPages
import StatusPages
import Storage

/// Keeps the documents of a standby in step with the copy that Litestream writes, and measures the copy's age.
final class Standby: Sendable {
    /// If the copy is older than this, in milliseconds, answers say how old it is.
    private static let unmarkedAge: Int64 = 2_000

    /// Adds the age of the copy, in seconds, to every answer while the copy is older than `unmarkedAge`.
    let field = ServerField("Allclear-Stale")
    private let store: Store
    private let publisher: SitePublisher
    private let problems: ProblemLog
    private let seen = Locked<(version: [Int], time: Int64?)>(([], nil))
    private let ticker = Locked<Ticker?>(nil)

    init(store: Store, publisher: SitePublisher, logger: Logger) {
        self.store = store
        self.publisher = publisher
        problems = ProblemLog(logger: logger)
    }

    /// The age of the copy, in milliseconds.
    var age: Int64 {
        let time = seen.withLock { $0.time } ?? store.copyTime ?? 0
        return max(0, Clock.now().milliseconds - time)
    }

    /// Shows the copy if it has changed.
    func look() {
        do {
            // Read before the contents, so that the next call notices changes during this one.
            let version = store.copyVersion
            try store.adoptCopy()
            if version != seen.withLock({ $0.version }) {
                let (show, time) = try store.read { transaction in
                    (try publisher.refresh(transaction), try transaction.heartbeat()?.at.milliseconds)
                }
                show()
                seen.withLock { $0 = (version, time) }
            }
        } catch {
            problems.report("cannot read the copy", error)
        }
        let age = age
        field.set(age > Self.unmarkedAge ? Int(age / 1_000) : nil)
    }

    func start() {
        let new = Ticker("standby", every: .milliseconds(250)) { [self] in look() }
        ticker.withLock { $0 = new }
        new.start()
    }

    func stop() {
        ticker.withLock { $0 }?.stop()
    }
}
