import Locking
import Publishing
import StatusPages
import Storage

/// Reads the current data of a job, just before it is sent.
final class Courier: Sendable {
    /// The action of a lane for a job.
    enum Task {
        case send(Message)
        case finish(Attempt)
    }

    /// Everything that a message is composed from.
    struct Message {
        let delivery: Delivery
        let subscriber: Subscriber
        let page: StatusPage
        /// Newest first; empty for messages that belong to no update.
        let notifications: [UpdateNotification]
        let older: [ID<Delivery>]
        let thread: ID<UpdateNotification>?
        let event: PageEvent?
        let key: [UInt8]
    }

    private let store: Store
    private let publishing: Publishing
    private let key = Locked<[UInt8]?>(nil)
    /// Every message of a notification needs it, so it is read and decoded once.
    private let notifications = Locked<[ID<UpdateNotification>: UpdateNotification]>([:])
    private static let mostNotifications = 64

    init(store: Store, publishing: Publishing) {
        self.store = store
        self.publishing = publishing
    }

    /// - Parameter now: the time at which the job's delivery has to be due.
    func task(for job: DeliveryJob, at now: Timestamp) throws -> Task {
        try store.read { transaction in
            let waiting = try deliveries(of: job, at: now, in: transaction)
            guard let delivery = waiting.first else { return .finish(Attempt(job, .nothing)) }
            let older = waiting.dropFirst().map(\.id)
            let cancellation = Task.finish(Attempt(job, carrier: delivery.id, older: older, .cancelled))
            guard let subscriber = try transaction.subscriber(delivery.subscriberID),
                let page = publishing.site.servedPage(delivery.pageID), delivery.isWanted(by: subscriber)
            else { return cancellation }
            if let event = delivery.eventID, try transaction.isCancelled(event) { return cancellation }
            if delivery.kind == .update, try transaction.isPaused() {
                return .finish(Attempt(job, .nothing))
            }
            let notifications = try waiting.compactMap(\.notificationID).compactMap {
                try notification($0, in: transaction)
            }
            guard notifications.count == waiting.count || delivery.kind != .update else { return cancellation }
            return .send(
                Message(
                    delivery: delivery, subscriber: subscriber, page: page, notifications: notifications, older: older,
                    thread: try delivery.channel == .email ? thread(of: delivery, in: transaction) : nil,
                    event: try delivery.channel == .webhook ? event(notifications.first, in: transaction) : nil,
                    key: try key(in: transaction)))
        }
    }

    /// The deliveries that one message is about, newest first. Emails and chats get all waiting updates of an event at
    /// once. Webhooks get each update, the oldest due one first.
    private func deliveries(
        of job: DeliveryJob, at now: Timestamp, in transaction: ReadTransaction
    ) throws -> [Delivery] {
        guard job.source.kind == .update, let event = job.event else {
            let delivery = try transaction.delivery(job.delivery)
            return delivery.map { $0.isDue(at: now) ? [$0] : [] } ?? []
        }
        let waiting = try transaction.waitingUpdates(to: job.subscriber, about: event)
        if job.source.channel == .webhook { return waiting.last { $0.isDue(at: now) }.map { [$0] } ?? [] }
        return waiting.contains { $0.isDue(at: now) } ? waiting : []
    }

    private func notification(
        _ id: ID<UpdateNotification>, in transaction: ReadTransaction
    ) throws -> UpdateNotification? {
        if let known = notifications.withLock({ $0[id] }) { return known }
        guard let found = try transaction.notification(id) else { return nil }
        notifications.withLock { known in
            if known.count >= Self.mostNotifications { known = [:] }
            known[id] = found
        }
        return found
    }

    private func thread(
        of delivery: Delivery, in transaction: ReadTransaction
    ) throws -> ID<UpdateNotification>? {
        guard let event = delivery.eventID else { return nil }
        return try transaction.firstNotificationSent(to: delivery.subscriberID, about: event)
    }

    private func event(_ notification: UpdateNotification?, in transaction: ReadTransaction) throws -> PageEvent? {
        guard let announcement = notification?.announcement else { return nil }
        let event: PageEvent? =
            switch announcement.eventKind {
            case .incident: try transaction.incident(ID(announcement.eventID)).map(PageEvent.incident)
            case .maintenance: try transaction.maintenance(ID(announcement.eventID)).map(PageEvent.maintenance)
            }
        return event?.asAnnounced(announcement)
    }

    private func key(in transaction: ReadTransaction) throws -> [UInt8] {
        if let known = key.withLock({ $0 }) { return known }
        let found = try transaction.subscriptionKey()
        key.withLock { $0 = found }
        return found
    }
}

extension Delivery {
    fileprivate func isDue(at now: Timestamp) -> Bool {
        state == .pending && nextAttemptAt.map { $0 <= now } ?? false
    }
}
