import StatusPages
import Storage

/// The changes by the recording of attempts.
struct Recorded: Sendable {
    /// How a delivery ended.
    struct End: Hashable, Sendable {
        let channel: Subscriber.Channel
        let kind: Delivery.Kind
        let state: Delivery.State
    }

    /// The number of ended deliveries, by outcome.
    var ends: [End: Int] = [:]
    /// Subscribers that are quarantined now.
    var quarantined: [ID<Subscriber>] = []
    /// Notifications that would have quarantined too many subscribers.
    var braked: Set<ID<UpdateNotification>> = []
    /// Notifications without waiting deliveries.
    var finished: [FinishedNotification] = []
}

/// A notification without waiting deliveries.
struct FinishedNotification: Sendable {
    let id: ID<UpdateNotification>
    let createdAt: Timestamp
    let pageSlug: String
    let counts: [Delivery.State: Int]
}

/// Stores the outcomes of attempts.
struct Recording {
    let rules: @Sendable (Subscriber.Channel) -> RetryRules
    let jitter: @Sendable () -> Int

    func record(_ attempts: [Attempt], in transaction: WriteTransaction) throws -> Recorded {
        var recorded = Recorded()
        var touched: Set<ID<UpdateNotification>> = []
        for attempt in attempts {
            let notifications = try record(attempt, in: transaction, noting: &recorded)
            touched.formUnion(notifications)
        }
        recorded.finished = try touched.sorted().compactMap { try Self.finished($0, in: transaction.reading) }
        return recorded
    }

    static func finished(
        _ id: ID<UpdateNotification>, in transaction: ReadTransaction
    ) throws -> FinishedNotification? {
        guard try !transaction.isUnfinished(id), let notification = try transaction.notification(id) else {
            return nil
        }
        return FinishedNotification(
            id: id, createdAt: notification.createdAt, pageSlug: notification.announcement.pageSlug,
            counts: try transaction.deliveryCounts(of: id))
    }

    /// - Returns: the notifications of the deliveries that ended.
    private func record(
        _ attempt: Attempt, in transaction: WriteTransaction, noting recorded: inout Recorded
    ) throws -> Set<ID<UpdateNotification>> {
        var touched: Set<ID<UpdateNotification>> = []
        func save(_ delivery: Delivery) throws {
            try transaction.save(delivery)
            guard delivery.state != .pending else { return }
            let end = Recorded.End(channel: delivery.channel, kind: delivery.kind, state: delivery.state)
            recorded.ends[end, default: 0] += 1
            if let notification = delivery.notificationID { touched.insert(notification) }
        }
        // The subscriber may have been erased meanwhile.
        guard var carrier = try transaction.reading.delivery(attempt.carrier) else { return [] }
        switch attempt.result {
        case .made(let outcome, let response, let time):
            // It may have been cancelled during the attempt. If it was sent nevertheless, it is recorded as sent.
            guard carrier.state == .pending || outcome == .accepted else { return [] }
            let rules = rules(carrier.channel)
            carrier.note(outcome, response, at: time, rules: rules, jitter: jitter())
            try save(carrier)
            try judge(outcome, response, of: carrier, at: time, rules, in: transaction, noting: &recorded)
        case .ended(let state, _):
            guard carrier.state == .pending else { return [] }
            carrier.end(as: state)
            try save(carrier)
        case .relayTrouble, .nothing: return []
        }
        for id in attempt.older {
            guard var delivery = try transaction.reading.delivery(id), delivery.state == .pending else { continue }
            if case .ended(let state, _) = attempt.result { delivery.end(as: state) } else { delivery.follow(carrier) }
            try save(delivery)
        }
        return touched
    }

    /// Quarantines the subscriber if the outcome requires that, and the brake allows it.
    private func judge(
        _ outcome: DeliveryOutcome, _ response: Delivery.Response, of delivery: Delivery, at now: Timestamp,
        _ rules: RetryRules, in transaction: WriteTransaction, noting recorded: inout Recorded
    ) throws {
        if outcome == .accepted {
            if delivery.kind == .update { try transaction.forgetFailures(of: delivery.subscriberID) }
            return
        }
        guard var subscriber = try transaction.reading.subscriber(delivery.subscriberID) else { return }
        let before = subscriber
        if let reason = subscriber.note(outcome, of: delivery, response, at: now, rules: rules) {
            if try isBraked(delivery, in: transaction.reading), let notification = delivery.notificationID {
                recorded.braked.insert(notification)
            } else {
                subscriber.quarantine(at: now, reason: reason)
            }
        }
        guard subscriber != before else { return }
        try transaction.save(subscriber)
        guard subscriber.state != before.state else { return }
        recorded.quarantined.append(subscriber.id)
        if let notification = delivery.notificationID { try transaction.countQuarantine(by: notification) }
    }

    /// Whether the delivery's notification has quarantined as many subscribers as it may.
    private func isBraked(_ delivery: Delivery, in transaction: ReadTransaction) throws -> Bool {
        guard let notification = delivery.notificationID else { return false }
        let quarantines = try transaction.quarantines(by: notification)
        let active = try transaction.subscriberCount(
            of: delivery.pageID, .active, over: Subscriber.Channel.allCases)
        return quarantines >= RetryRules.mostQuarantines(of: active + quarantines)
    }
}
