import StatusPages
import Storage

/// The changes that the recording of attempts made.
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
    /// The notifications of deliveries that ended.
    var touched: Set<ID<UpdateNotification>> = []
}

/// Stores the outcomes of attempts, and of deliveries that ran out of time.
struct Recording {
    /// How many deliveries one transaction gives up.
    private static let part = 500

    let rules: @Sendable (Subscriber.Channel) -> RetryRules
    let jitter: @Sendable () -> Int

    func record(_ attempts: [Attempt], in transaction: WriteTransaction) throws -> Recorded {
        var recorded = Recorded()
        for attempt in attempts { try record(attempt, in: transaction, noting: &recorded) }
        return recorded
    }

    /// Whether `giveUp` would change something.
    func isOverdue(at now: Timestamp, in transaction: ReadTransaction) throws -> Bool {
        try !overdue(at: now, limit: 1, in: transaction).isEmpty
    }

    /// Fails some of the deliveries that were not sent in time. It does not matter why: the relay may be away or not be
    /// configured any more, or updates may be held back.
    func giveUp(at now: Timestamp, in transaction: WriteTransaction) throws -> Recorded {
        var recorded = Recorded()
        for var delivery in try overdue(at: now, limit: Self.part, in: transaction.reading) {
            delivery.end(as: .failed)
            try save(delivery, in: transaction, noting: &recorded)
        }
        return recorded
    }

    private func overdue(at now: Timestamp, limit: Int, in transaction: ReadTransaction) throws -> [Delivery] {
        try Subscriber.Channel.allCases.flatMap { channel in
            try transaction.waitingDeliveries(
                over: channel, startedUntil: rules(channel).lastOverdueStart(at: now), limit: limit)
        }
    }

    private func save(
        _ delivery: Delivery, in transaction: WriteTransaction, noting recorded: inout Recorded
    ) throws {
        try transaction.save(delivery)
        guard delivery.state != .pending else { return }
        let end = Recorded.End(channel: delivery.channel, kind: delivery.kind, state: delivery.state)
        recorded.ends[end, default: 0] += 1
        if let notification = delivery.notificationID { recorded.touched.insert(notification) }
    }

    private func record(
        _ attempt: Attempt, in transaction: WriteTransaction, noting recorded: inout Recorded
    ) throws {
        // The subscriber may have been erased meanwhile.
        guard var carrier = try transaction.reading.delivery(attempt.carrier) else { return }
        switch attempt.result {
        case .made(let outcome, let response, let time), .notComposed(let outcome, let response, let time):
            // The delivery may have ended during the attempt. If it was sent nevertheless, it is recorded as sent.
            guard carrier.state == .pending || outcome == .accepted else { return }
            let rules = rules(carrier.channel)
            carrier.note(outcome, response, at: time, rules: rules, jitter: jitter())
            try save(carrier, in: transaction, noting: &recorded)
            try judge(outcome, response, of: carrier, at: time, rules, in: transaction, noting: &recorded)
        case .cancelled:
            guard carrier.state == .pending else { return }
            carrier.end(as: .cancelled)
            try save(carrier, in: transaction, noting: &recorded)
        case .relayTrouble, .nothing: return
        }
        for id in attempt.older {
            guard var delivery = try transaction.reading.delivery(id), delivery.state == .pending else { continue }
            delivery.follow(carrier)
            try save(delivery, in: transaction, noting: &recorded)
        }
    }

    /// Quarantines the subscriber if the outcome requires that, unless the notification has quarantined too many
    /// subscribers already.
    private func judge(
        _ outcome: DeliveryOutcome, _ response: Delivery.Response, of delivery: Delivery, at now: Timestamp,
        _ rules: RetryRules, in transaction: WriteTransaction, noting recorded: inout Recorded
    ) throws {
        if outcome == .accepted {
            if delivery.kind == .update { try transaction.forgetFailures(of: delivery.subscriberID, at: now) }
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
        // Strangers can sign up any number of addresses that do not exist. They must not fill the audit log.
        if before.state != .pending { try audit(subscriber, since: before, at: now, in: transaction) }
        recorded.quarantined.append(subscriber.id)
        if let notification = delivery.notificationID { try transaction.countQuarantine(by: notification) }
    }

    private func audit(
        _ subscriber: Subscriber, since before: Subscriber, at now: Timestamp, in transaction: WriteTransaction
    ) throws {
        var changes = AuditChanges()
        changes.note("state", before.state.rawValue, subscriber.state.rawValue)
        changes.note("failures", before.failures, subscriber.failures)
        try transaction.audit(.changed, AuditSubject(subscriber), page: subscriber.pageID, changes, at: now)
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
