import Locking
import Logging
import StatusPages
import Storage

/// The lines about deliveries in the log. They contain ids, and never an address or a message.
final class DeliveryLog: Sendable {
    private let logger: Logger
    /// The problems of the last minute, which are not logged again.
    private let logged = Locked<[String: ContinuousClock.Instant]>([:])
    private let braked = Locked<ID<UpdateNotification>?>(nil)
    /// The notifications that get a line once none of their deliveries waits. The last delivery may end without an
    /// attempt, when its subscriber unsubscribes.
    private let open = Locked<Set<ID<UpdateNotification>>>([])

    init(_ logger: Logger) { self.logger = logger }

    /// Logs a problem, at most once a minute.
    @Sendable
    func report(_ problem: String, _ error: any Error) {
        let line = "\(problem): \(error)"
        let isNew = logged.withLock { logged in
            let now = ContinuousClock.now
            logged = logged.filter { now - $0.value < .seconds(60) }
            defer { logged[line] = logged[line] ?? now }
            return logged[line] == nil
        }
        if isNew { logger.error("\(problem)", metadata: ["error": "\(error)"]) }
    }

    func note(_ recorded: Recorded) {
        for subscriber in recorded.quarantined {
            logger.info(
                "a subscriber is quarantined, because messages do not arrive", metadata: ["subscriber": "\(subscriber)"]
            )
        }
        for notification in recorded.braked {
            let isNew = braked.withLock { braked in
                defer { braked = notification }
                return braked != notification
            }
            guard isNew else { continue }
            logger.warning(
                "too many recipients were refused, so no more are quarantined; the relay may be at fault",
                metadata: ["notification": "\(notification)"])
        }
        watch(recorded.touched)
    }

    func watch(_ notifications: some Sequence<ID<UpdateNotification>>) { open.withLock { $0.formUnion(notifications) } }

    /// Logs the notifications whose deliveries have all ended.
    func noteFinished(in store: Store, at now: Timestamp) throws {
        let watched = open.withLock { $0 }
        guard !watched.isEmpty else { return }
        try store.read { transaction in
            for id in watched.sorted() where try !transaction.isUnfinished(id) {
                open.withLock { _ = $0.remove(id) }
                guard let notification = try transaction.notification(id) else { continue }
                note(notification, try transaction.deliveryCounts(of: id), at: now)
            }
        }
    }

    private func note(_ notification: UpdateNotification, _ counts: [Delivery.State: Int], at now: Timestamp) {
        var metadata: Logger.Metadata = [
            "notification": "\(notification.id)", "page": "\(notification.announcement.pageSlug)",
            "seconds": "\(Double(now.milliseconds - notification.createdAt.milliseconds) / 1_000)",
        ]
        for state in Delivery.State.allCases where state != .pending {
            metadata[state.rawValue] = "\(counts[state] ?? 0)"
        }
        logger.info("subscribers were notified of an update", metadata: metadata)
    }

    func noteRelayFails(_ response: Delivery.Response) {
        logger.warning("the mail relay cannot be used; emails wait", metadata: ["error": "\(response.described)"])
    }

    func noteRelayWorks() { logger.notice("the mail relay works again") }
}
