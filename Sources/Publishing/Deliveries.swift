public import StatusPages
public import Storage

/// A retry of all failed deliveries of a page. It takes several transactions if there are many, so that other writes
/// do not wait for all of them.
public struct FailedRetry: Sendable {
    public let page: StatusPage
    /// Only deliveries that were made at this time or later.
    public let since: Timestamp
    /// Only deliveries to this subscriber.
    public let subscriber: ID<Subscriber>?
    /// How many deliveries are pending again.
    public fileprivate(set) var count = 0
    public fileprivate(set) var isDone = false
    /// The last delivery that was retried.
    fileprivate var last: ID<Delivery>?

    public init(of page: StatusPage, since: Timestamp, subscriber: ID<Subscriber>?) {
        self.page = page
        self.since = since
        self.subscriber = subscriber
    }
}

/// The use cases for people who watch and retry deliveries.
extension Publishing {
    /// A delivery, if its page is visible to clients.
    /// - Throws: `NotFound`, or an error of the database.
    public func find(_ id: ID<Delivery>, in transaction: ReadTransaction) throws -> Delivery {
        guard let delivery = try transaction.delivery(id), site.servedPage(delivery.pageID) != nil else {
            throw NotFound("delivery")
        }
        return delivery
    }

    /// The sender of a page's emails; nil if neither the page nor the server has one.
    public func sender(of page: ID<StatusPage>) -> Mailbox? { site.servedPage(page)?.subscribe.from ?? rules.sender }

    /// Makes a failed delivery pending again, under the same id.
    /// - Throws: `NotFound`, `SubscriberConflict`, or an error of the database.
    public func retry(_ id: ID<Delivery>, in transaction: WriteTransaction) throws -> Delivery {
        let delivery = try find(id, in: transaction.reading)
        guard try transaction.retryDelivery(id, at: now()) else {
            throw SubscriberConflict.wrongState(
                "The delivery is \(delivery.state.rawValue). Only one that has failed, and whose event still exists, can be retried."
            )
        }
        try audit(
            .retried, AuditSubject(.delivery, id, delivery.kind.rawValue), page: delivery.pageID, in: transaction)
        return try find(id, in: transaction.reading)
    }

    /// Makes some failed deliveries of a page pending again. Call it in further transactions until the retry is done.
    /// - Returns: the retry after this step.
    /// - Throws: `NotFound`, or an error of the database.
    public func proceed(with retry: FailedRetry, in transaction: WriteTransaction) throws -> FailedRetry {
        let page = retry.page
        if let subscriber = retry.subscriber, try transaction.reading.subscriber(subscriber)?.pageID != page.id {
            throw NotFound("subscriber")
        }
        let retried = try transaction.retryFailed(
            of: page.id, since: retry.since, subscriber: retry.subscriber, after: retry.last, at: now(),
            limit: Self.part)
        if !retried.isEmpty {
            var changes = AuditChanges()
            changes.note("retried", 0, retried.count)
            changes.name("since", retry.since)
            if let subscriber = retry.subscriber { changes.name("subscriber_id", subscriber) }
            try audit(.retried, AuditSubject(.page, page.id, page.name), page: page.id, changes, in: transaction)
        }
        var next = retry
        next.count += retried.count
        next.last = retried.last ?? retry.last
        next.isDone = retried.count < Self.part
        return next
    }

    /// Stops a notification before anything was sent. Its update stays.
    /// - Throws: `NotFound`, `SubscriberConflict` if it is too late, or an error of the database.
    public func stopNotification(_ id: ID<UpdateNotification>, in transaction: WriteTransaction) throws {
        guard let notification = try transaction.reading.notification(id),
            try transaction.reading.page(notification.announcement.pageID) != nil
        else { throw NotFound("notification") }
        guard try transaction.stopNotification(id, at: now()) else {
            throw SubscriberConflict.wrongState(
                notification.wasStopped
                    ? "The notification was stopped already." : "It is too late: the messages are being sent.")
        }
        let announcement = notification.announcement
        var changes = AuditChanges()
        changes.name("update_id", announcement.updateID.description)
        try audit(
            .stopped, AuditSubject(.notification, id, announcement.eventName), page: announcement.pageID, changes,
            in: transaction)
    }

    /// Pauses or resumes the sending of updates.
    /// - Throws: an error of the database.
    public func setPaused(_ isPaused: Bool, in transaction: WriteTransaction) throws {
        guard try transaction.reading.deliveryStatus().isPaused != isPaused else { return }
        try transaction.setPaused(isPaused)
        try audit(isPaused ? .paused : .resumed, .sending, page: nil, in: transaction)
    }
}
