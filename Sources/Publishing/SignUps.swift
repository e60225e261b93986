public import StatusPages
public import Storage

/// The values that somebody enters in a page's form.
public struct SignUp: Equatable, Sendable {
    public let address: EmailAddress
    public let scope: SubscriptionScope
    /// Whether the field that people do not see was filled. Only programs fill it, and they get no email.
    public let isTrapped: Bool

    public init(address: EmailAddress, scope: SubscriptionScope, isTrapped: Bool = false) {
        self.address = address
        self.scope = scope
        self.isTrapped = isTrapped
    }

    /// The outcome of a sign-up. Only the operator may learn it.
    public enum Outcome: Sendable {
        /// An email to the address waits to be sent.
        case mailing
        /// The address has reached the limit of emails in a day.
        case overLimit
        case trapped
    }
}

/// The result of looking up a link in an email.
public enum SubscriptionLink: Equatable, Sendable {
    /// This server did not make it for this page and purpose.
    case unknown
    /// The time to confirm is over, or there is nothing to confirm any more.
    case expired
    /// The subscriber was deleted.
    case gone
    case subscriber(Subscriber)
}

/// The use cases of people who subscribe by email.
extension Publishing {
    /// Asks the owner of an address to confirm, or sends the manage link if the address is subscribed already.
    ///
    /// All outcomes cost about the same, so that the time of the answer does not reveal whether an address is
    /// subscribed.
    /// - Throws: an error of the database.
    public func signUp(
        _ signUp: SignUp, on page: StatusPage, in transaction: WriteTransaction
    ) throws -> SignUp.Outcome {
        let now = now()
        let rules = rules
        let key = signUp.address.key
        let reading = transaction.reading
        let erased = SubscriptionHash.of(key, .email, key: try reading.subscriptionKey())
        let known = try [key, erased].compactMap { try reading.subscriber(of: page.id, .email, addressKey: $0) }.first
        guard !signUp.isTrapped, try mayMail(key, in: reading) else {
            // An earlier link also confirms the latest request.
            if !signUp.isTrapped, var known, known.state != .active {
                known.requestedScope = signUp.scope
                try transaction.save(known)
            } else {
                try transaction.touch()
            }
            return signUp.isTrapped ? .trapped : .overLimit
        }
        var subscriber =
            known
            ?? Subscriber(
                id: ID(newID()), pageID: page.id, channel: .email, state: .pending,
                address: signUp.address.description, scope: signUp.scope, source: .form, createdAt: now)
        let isActive = subscriber.state == .active
        var details = Delivery.Details(pageName: page.name, pageURL: page.publicURL(serverURL: site.serverURL))
        if !isActive {
            let expiry = now.advanced(byMilliseconds: Int64(rules.confirmationSeconds) * 1_000)
            // The stored address may be spelt differently, and is missing if it was erased.
            subscriber.address = signUp.address.description
            subscriber.requestedScope = signUp.scope
            subscriber.linkExpiresAt = expiry
            details.linkExpiresAt = expiry
        }
        try known == nil ? transaction.insert(subscriber) : transaction.save(subscriber)
        try transaction.insert(
            Delivery(
                id: ID(newID()), pageID: page.id, subscriberID: subscriber.id, channel: .email,
                kind: isActive ? .manage : .confirmation, details: details, createdAt: now))
        return .mailing
    }

    /// Looks up a link. A manage link also unsubscribes; every other link has only one purpose.
    /// - Parameters:
    ///   - token: the text from the link.
    ///   - purpose: the purpose that the path of the link names.
    public func find(
        _ token: String, for purpose: SubscriptionToken.Purpose, on page: StatusPage, in transaction: ReadTransaction
    ) throws -> SubscriptionLink {
        guard let token = SubscriptionToken(token, for: page.id, key: try transaction.subscriptionKey()),
            token.purpose == purpose || token.purpose == .manage && purpose == .unsubscribe
        else { return .unknown }
        if let expiry = token.expiresAt, expiry <= now() { return .expired }
        guard let subscriber = try transaction.subscriber(token.subscriber), subscriber.pageID == page.id else {
            return purpose == .confirm ? .expired : .gone
        }
        // Without an address, nothing could be sent.
        if purpose == .confirm, subscriber.address.isEmpty { return .expired }
        return .subscriber(subscriber)
    }

    /// Makes a subscriber active.
    public func confirm(
        _ token: String, on page: StatusPage, in transaction: WriteTransaction
    ) throws -> SubscriptionLink {
        try change(token, for: .confirm, on: page, in: transaction) { subscriber in
            subscriber.confirm(at: now())
            // Those emails would ask for a confirmation that has been given.
            try transaction.cancelDeliveries(to: subscriber.id, [.confirmation])
        }
    }

    /// Changes the scope of an active subscriber.
    public func setScope(
        _ scope: SubscriptionScope, by token: String, on page: StatusPage, in transaction: WriteTransaction
    ) throws -> SubscriptionLink {
        try change(token, for: .manage, on: page, in: transaction) { subscriber in
            if subscriber.state == .active { subscriber.scope = scope }
        }
    }

    /// Stops all emails to a subscriber, including pending messages.
    public func unsubscribe(
        _ token: String, on page: StatusPage, in transaction: WriteTransaction
    ) throws -> SubscriptionLink {
        try change(token, for: .unsubscribe, on: page, in: transaction) { subscriber in
            // A repetition must not cancel a confirmation email that was requested since.
            guard subscriber.state != .unsubscribed else { return }
            subscriber.unsubscribe(at: now())
            try transaction.cancelDeliveries(to: subscriber.id)
        }
    }

    /// The text of the link with which a subscriber changes the subscription.
    public func manageToken(of subscriber: Subscriber, in transaction: ReadTransaction) throws -> String {
        SubscriptionToken(.manage, of: subscriber.id).text(
            for: subscriber.pageID, key: try transaction.subscriptionKey())
    }

    private func change(
        _ token: String, for purpose: SubscriptionToken.Purpose, on page: StatusPage,
        in transaction: WriteTransaction, _ body: (inout Subscriber) throws -> Void
    ) throws -> SubscriptionLink {
        let link = try find(token, for: purpose, on: page, in: transaction.reading)
        guard case .subscriber(let old) = link else { return link }
        var subscriber = old
        try body(&subscriber)
        if subscriber != old { try transaction.save(subscriber) }
        return .subscriber(subscriber)
    }
}
