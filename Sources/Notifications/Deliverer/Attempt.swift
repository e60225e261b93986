import StatusPages

/// The result of a lane's work on a job.
struct Attempt: Sendable {
    enum Result: Sendable {
        /// The attempt counts, whether the message was accepted or not.
        case made(DeliveryOutcome, Delivery.Response, at: Timestamp)
        /// The message could not be composed. The attempt counts, but says nothing about the relay.
        case notComposed(DeliveryOutcome, Delivery.Response, at: Timestamp)
        /// Nobody wants the message any more. It is not sent.
        case cancelled
        /// The relay cannot be used. The delivery does not change.
        case relayTrouble(Delivery.Response, at: Timestamp)
        /// The delivery does not change: it is not due any more, or sending is paused.
        case nothing
    }

    let job: DeliveryJob
    /// The delivery that gave the message its id.
    let carrier: ID<Delivery>
    /// The other deliveries whose updates the message contained.
    let older: [ID<Delivery>]
    let result: Result

    init(_ job: DeliveryJob, carrier: ID<Delivery>? = nil, older: [ID<Delivery>] = [], _ result: Result) {
        self.job = job
        self.carrier = carrier ?? job.delivery
        self.older = older
        self.result = result
    }

    /// The result as metrics name it; nil if nothing was tried.
    var name: String? {
        switch result {
        case .made(.accepted, _, _): "accepted"
        case .made(.temporary, _, _): "temporary"
        case .made(.noMailbox, _, _): "no_mailbox"
        case .made(.refused, _, _): "refused"
        case .made(.gone, _, _): "gone"
        case .notComposed: "temporary"
        case .relayTrouble: "relay_trouble"
        case .cancelled, .nothing: nil
        }
    }
}

extension MailOutcome {
    /// - Parameters:
    ///   - now: when the attempt ended.
    ///   - isPageSender: whether the sender in the envelope belongs to one page. If the relay rejects it, only that
    ///     page's emails wait. If it rejects the server's sender, no email can be sent.
    func result(at now: Timestamp, isPageSender: Bool) -> Attempt.Result {
        switch self {
        case .accepted(let response): .made(.accepted, response, at: now)
        case .relayTrouble(let response): .relayTrouble(response, at: now)
        case .senderRefused(let response):
            isPageSender ? .made(.temporary(), response, at: now) : .relayTrouble(response, at: now)
        case .temporary(let response): .made(.temporary(), response, at: now)
        case .noMailbox(let response): .made(.noMailbox, response, at: now)
        case .refused(let response): .made(.refused, response, at: now)
        }
    }
}

extension CallOutcome {
    /// - Parameter now: when the attempt ended.
    func result(at now: Timestamp) -> Attempt.Result {
        switch self {
        case .accepted(let response): .made(.accepted, response, at: now)
        case .failed(let response, let retryAfter): .made(.temporary(retryAfter: retryAfter), response, at: now)
        case .gone(let response): .made(.gone, response, at: now)
        }
    }
}
