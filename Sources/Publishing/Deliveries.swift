public import StatusPages
public import Storage

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

    /// The sender of a page's mails; nil if the server can send no mail.
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

    /// Makes the failed deliveries of a page pending again.
    /// - Parameters:
    ///   - since: only those that were made at this time or later.
    ///   - subscriber: only those to this subscriber.
    /// - Returns: how many there are.
    /// - Throws: `NotFound`, or an error of the database.
    public func retryFailed(
        of page: StatusPage, since: Timestamp, subscriber: ID<Subscriber>?, in transaction: WriteTransaction
    ) throws -> Int {
        if let subscriber, try transaction.reading.subscriber(subscriber)?.pageID != page.id {
            throw NotFound("subscriber")
        }
        let count = try transaction.retryFailed(of: page.id, since: since, subscriber: subscriber, at: now())
        if count > 0 {
            var changes = AuditChanges()
            changes.note("retried", 0, count)
            changes.name("since", since)
            if let subscriber { changes.name("subscriber_id", subscriber) }
            try audit(.retried, AuditSubject(.page, page.id, page.name), page: page.id, changes, in: transaction)
        }
        return count
    }

    /// Pauses or resumes the sending of updates.
    /// - Throws: an error of the database.
    public func setPaused(_ isPaused: Bool, in transaction: WriteTransaction) throws {
        guard try transaction.reading.deliveryStatus().isPaused != isPaused else { return }
        try transaction.setPaused(isPaused)
        try audit(isPaused ? .paused : .resumed, .sending, page: nil, in: transaction)
    }
}
