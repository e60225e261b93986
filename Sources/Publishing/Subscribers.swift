import Cryptography
import Foundation
public import StatusPages
public import Storage

/// Why a use case does not fit the state of a subscriber.
public enum SubscriberConflict: Error, Equatable {
    case exists(ID<Subscriber>)
    case mailNotConfigured
    /// - Parameter explanation: a sentence for the client.
    case wrongState(_ explanation: String)
    /// The address has reached the limit of emails.
    /// - Parameter retryAfter: in seconds.
    case tooManyMails(retryAfter: Int)
}

/// A report that an email did not arrive, or was not wanted.
public enum Bounce: String, CaseIterable, Sendable {
    /// The mailbox does not exist.
    case hard
    /// The mailbox did not take the email this time.
    case soft
    /// Its owner reported the email as spam.
    case complaint
}

/// The use cases for managing subscribers.
extension Publishing {
    /// A subscriber, if its page is visible to clients.
    /// - Throws: `NotFound`, or an error of the database.
    public func find(
        _ id: ID<Subscriber>, in transaction: ReadTransaction
    ) throws -> (subscriber: Subscriber, page: StatusPage) {
        guard let subscriber = try transaction.subscriber(id), let page = site.servedPage(subscriber.pageID) else {
            throw NotFound("subscriber")
        }
        return (subscriber, page)
    }

    /// The subscriber of a page with an email address or URL, even if the address was erased.
    /// - Throws: `NotFound`, or an error of the database.
    public func findSubscriber(
        _ address: String, over channel: Subscriber.Channel, on page: ID<StatusPage>, in transaction: ReadTransaction
    ) throws -> Subscriber {
        let key = channel == .email ? address.lowercased() : address
        guard let subscriber = try known(key, channel, on: page, in: transaction) else {
            throw NotFound("subscriber")
        }
        return subscriber
    }

    /// Adds a subscriber. An email address that is not confirmed gets a confirmation email.
    /// - Throws: `Faults`, `SubscriberConflict`, or an error of the database.
    public func addSubscriber(
        _ draft: SubscriberDraft, confirmed isConfirmed: Bool, on page: StatusPage,
        in transaction: WriteTransaction
    ) throws -> Subscriber {
        var subscriber = try draft.subscriber(
            on: page, confirmed: isConfirmed, checking: endpointCheck, secret: Self.newSecret(), at: now(),
            newID: newID)
        if let known = try known(subscriber.addressKey, subscriber.channel, on: page.id, in: transaction.reading) {
            throw SubscriberConflict.exists(known.id)
        }
        if subscriber.channel == .email, !rules.hasMail { throw SubscriberConflict.mailNotConfigured }
        let isAsked = subscriber.state == .pending
        if isAsked { try prepareToAsk(&subscriber, in: transaction.reading) }
        try transaction.insert(subscriber)
        try audit(.created, subscriber, in: transaction)
        if isAsked { try mail(.confirmation, to: subscriber, on: page, in: transaction) }
        return subscriber
    }

    /// Changes a subscriber.
    /// - Throws: `NotFound`, `Faults`, `SubscriberConflict`, or an error of the database.
    public func change(
        _ id: ID<Subscriber>, with draft: SubscriberDraft, in transaction: WriteTransaction
    ) throws -> Subscriber {
        let (old, page) = try find(id, in: transaction.reading)
        var subscriber = old
        let key = subscriber.addressKey
        try draft.change(&subscriber, on: page, checking: endpointCheck)
        if subscriber.addressKey != key,
            let other = try known(subscriber.addressKey, subscriber.channel, on: page.id, in: transaction.reading)
        {
            throw SubscriberConflict.exists(other.id)
        }
        try transaction.save(subscriber)
        try audit(.changed, subscriber, since: old, in: transaction)
        return subscriber
    }

    /// Deletes a subscriber with everything that was sent to it, even if its page is internal or archived.
    /// - Throws: `NotFound`, or an error of the database.
    public func deleteSubscriber(_ id: ID<Subscriber>, in transaction: WriteTransaction) throws {
        guard let subscriber = try transaction.reading.subscriber(id) else { throw NotFound("subscriber") }
        try transaction.delete(subscriber)
        try audit(.deleted, AuditSubject(subscriber), page: subscriber.pageID, in: transaction)
    }

    /// Sends another confirmation email.
    /// - Throws: `NotFound`, `SubscriberConflict`, or an error of the database.
    public func resendConfirmation(_ id: ID<Subscriber>, in transaction: WriteTransaction) throws -> Subscriber {
        var (subscriber, page) = try find(id, in: transaction.reading)
        guard subscriber.channel == .email, subscriber.state == .pending else {
            throw SubscriberConflict.wrongState("Only a pending subscriber by email can get a confirmation email.")
        }
        try prepareToAsk(&subscriber, in: transaction.reading)
        try transaction.save(subscriber)
        try audit(.asked, AuditSubject(subscriber), page: page.id, in: transaction)
        try mail(.confirmation, to: subscriber, on: page, in: transaction)
        return subscriber
    }

    /// Sends updates to a quarantined subscriber again. If the owner of the address never agreed, the subscriber first
    /// gets a confirmation email.
    /// - Throws: `NotFound`, `SubscriberConflict`, or an error of the database.
    public func reactivate(_ id: ID<Subscriber>, in transaction: WriteTransaction) throws -> Subscriber {
        let (old, page) = try find(id, in: transaction.reading)
        var subscriber = old
        guard subscriber.state == .quarantined else {
            throw SubscriberConflict.wrongState(
                "The subscriber is \(subscriber.state.rawValue). Only a quarantined one can be reactivated.")
        }
        guard !subscriber.hasConsent else {
            subscriber.activate(at: now())
            try transaction.save(subscriber)
            try audit(.reactivated, subscriber, since: old, in: transaction)
            return subscriber
        }
        subscriber.awaitConfirmation()
        try prepareToAsk(&subscriber, in: transaction.reading)
        try transaction.save(subscriber)
        try audit(.reactivated, subscriber, since: old, in: transaction)
        try mail(.confirmation, to: subscriber, on: page, in: transaction)
        return subscriber
    }

    /// Notes that an email did not arrive, or was not wanted.
    /// - Throws: `NotFound`, `SubscriberConflict`, or an error of the database.
    public func report(
        _ bounce: Bounce, detail: String?, of id: ID<Subscriber>, in transaction: WriteTransaction
    ) throws -> Subscriber {
        let old = try find(id, in: transaction.reading).subscriber
        var subscriber = old
        guard subscriber.channel == .email else {
            throw SubscriberConflict.wrongState(
                "A subscriber by \(subscriber.channel.rawValue) must not have a bounce, because only emails bounce.")
        }
        let reason = [bounce == .complaint ? "complaint" : "\(bounce.rawValue) bounce", detail].compactMap(\.self)
            .joined(separator: ": ")
        switch bounce {
        case .hard: subscriber.quarantine(at: now(), reason: reason)
        case .soft: subscriber.noteSoftBounce(at: now(), reason: reason)
        case .complaint: subscriber.unsubscribe(at: now(), reason: reason)
        }
        try transaction.save(subscriber)
        try audit(.bounced, subscriber, since: old, in: transaction)
        if bounce == .complaint {
            try transaction.cancelDeliveries(to: id)
        } else if subscriber.state != .active {
            try transaction.cancelDeliveries(to: id, [.update])
        }
        return subscriber
    }

    /// Gives a webhook a new secret.
    /// - Parameter minutes: how long the current secret also signs, from 0 to 1440. Nil: 1440.
    /// - Throws: `NotFound`, `Faults`, `SubscriberConflict`, or an error of the database.
    public func rotateSecret(
        of id: ID<Subscriber>, gracePeriodMinutes minutes: Int?, in transaction: WriteTransaction
    ) throws -> Subscriber {
        let before = try find(id, in: transaction.reading).subscriber
        var subscriber = before
        let minutes = minutes ?? 1_440
        guard (0...1_440).contains(minutes) else {
            throw Faults([
                Fault(
                    .invalidValue, [.field(.gracePeriodMinutes)], "The grace period must be from 0 to 1440 minutes.")
            ])
        }
        guard let old = subscriber.secrets else {
            throw SubscriberConflict.wrongState("Only webhooks have a secret.")
        }
        subscriber.secrets = Subscriber.Secrets(
            current: try Self.newSecret(), previous: minutes > 0 ? old.current : nil,
            previousUntil: minutes > 0 ? now().advanced(byMilliseconds: Int64(minutes) * 60_000) : nil)
        try transaction.save(subscriber)
        try audit(.rotated, subscriber, since: before, in: transaction)
        return subscriber
    }

    /// Sends a test message.
    /// - Throws: `NotFound`, `SubscriberConflict`, or an error of the database.
    public func test(_ id: ID<Subscriber>, in transaction: WriteTransaction) throws -> Delivery {
        let (subscriber, page) = try find(id, in: transaction.reading)
        guard subscriber.state != .unsubscribed else {
            throw SubscriberConflict.wrongState("The subscriber has unsubscribed.")
        }
        if subscriber.channel == .email, !rules.hasMail { throw SubscriberConflict.mailNotConfigured }
        try audit(.tested, AuditSubject(subscriber), page: page.id, in: transaction)
        return try mail(.test, to: subscriber, on: page, in: transaction)
    }

    // MARK: Parts

    /// The subscriber with an address, even if the address was erased.
    func known(
        _ addressKey: String, _ channel: Subscriber.Channel, on page: ID<StatusPage>, in reading: ReadTransaction
    ) throws -> Subscriber? {
        let erased = SubscriptionHash.of(addressKey, channel, key: try reading.subscriptionKey())
        return try [addressKey, erased].lazy
            .compactMap { try reading.subscriber(of: page, channel, addressKey: $0) }.first
    }

    /// Whether an address may get another email that its owner may not have asked for.
    /// - Parameter key: see `Subscriber.addressKey`.
    func mayMail(_ key: String, in reading: ReadTransaction) throws -> Bool {
        try waitForMail(to: key, in: reading) == nil
    }

    /// How long an address must wait for another email that its owner may not have asked for. The limit counts such
    /// emails of the last 24 hours.
    /// - Returns: seconds, at least 1. Nil if it may get the email now.
    private func waitForMail(to key: String, in reading: ReadTransaction) throws -> Int? {
        let start = now().advanced(byMilliseconds: -86_400_000)
        let time = try reading.requestedMailTime(toAddressKey: key, place: rules.mailsPerAddress, since: start)
        return time.map { Int(($0.milliseconds - start.milliseconds + 999) / 1_000) }
    }

    /// Sets when the link in a subscriber's next confirmation email expires.
    /// - Throws: `SubscriberConflict` if no email can be sent to the address now, or an error of the database.
    private func prepareToAsk(_ subscriber: inout Subscriber, in reading: ReadTransaction) throws {
        guard rules.hasMail else { throw SubscriberConflict.mailNotConfigured }
        if let seconds = try waitForMail(to: subscriber.addressKey, in: reading) {
            throw SubscriberConflict.tooManyMails(retryAfter: seconds)
        }
        subscriber.linkExpiresAt = confirmationExpiry
    }

    var confirmationExpiry: Timestamp { now().advanced(byMilliseconds: Int64(rules.confirmationSeconds) * 1_000) }

    /// Adds a pending message that belongs to no notification.
    @discardableResult
    func mail(
        _ kind: Delivery.Kind, to subscriber: Subscriber, on page: StatusPage, in transaction: WriteTransaction
    ) throws -> Delivery {
        let details = Delivery.Details(
            pageName: page.name, pageURL: page.publicURL(serverURL: site.serverURL),
            linkExpiresAt: kind == .confirmation ? subscriber.linkExpiresAt : nil)
        let delivery = Delivery(
            id: ID(newID()), pageID: page.id, subscriberID: subscriber.id, channel: subscriber.channel, kind: kind,
            details: details, createdAt: now())
        try transaction.insert(delivery)
        return delivery
    }

    /// A secret of Standard Webhooks.
    private static func newSecret() throws -> String {
        "whsec_" + Data(try SecureRandom.bytes(32)).base64EncodedString()
    }
}
