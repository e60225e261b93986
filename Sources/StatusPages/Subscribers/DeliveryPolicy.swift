/// How one attempt to send a delivery ended.
public enum DeliveryOutcome: Equatable, Sendable {
    case accepted
    /// It may work later.
    /// - Parameter retryAfter: how long the other side asked to wait, in seconds.
    case temporary(retryAfter: Int? = nil)
    /// The mailbox does not exist.
    case noMailbox
    /// The relay refused the email for good.
    case refused
    /// The endpoint wants no more calls.
    case gone
}

/// The rules for retries, and for failures.
public struct RetryRules: Equatable, Sendable {
    /// The waits between attempts, in seconds. The last one repeats.
    public var waits: [Int]
    /// A delivery that was not sent within this time has failed.
    public var giveUpSeconds: Int
    /// After this time without a success, three failed deliveries in a row quarantine the subscriber. Nil: never.
    public var quarantineAfterSeconds: Int?

    public init(waits: [Int], giveUpSeconds: Int, quarantineAfterSeconds: Int? = nil) {
        self.waits = waits
        self.giveUpSeconds = giveUpSeconds
        self.quarantineAfterSeconds = quarantineAfterSeconds
    }

    /// The longest wait that an endpoint may ask for, in seconds.
    public static let longestRetryAfter = 3_600
    /// How many failures in a row quarantine a subscriber.
    public static let failuresToQuarantine = 3
    /// How long a relay may try before it reports that an email bounced, in milliseconds: five days (RFC 5321
    /// §4.5.4.1).
    public static let bounceTime: Int64 = 5 * 86_400_000

    /// The wait after an attempt, in milliseconds.
    /// - Parameters:
    ///   - attempts: how many were made, at least 1.
    ///   - jitter: thousandths of the wait, from 900 to 1100. It spreads the retries of many deliveries.
    func wait(after attempts: Int, retryAfter: Int?, jitter: Int) -> Int64 {
        let seconds = waits.isEmpty ? 0 : waits[min(max(attempts, 1), waits.count) - 1]
        let asked = min(retryAfter ?? 0, Self.longestRetryAfter)
        return max(Int64(seconds) * Int64(jitter), Int64(asked) * 1_000)
    }

    /// The time at which a delivery fails if it is not sent before.
    func deadline(of delivery: Delivery) -> Timestamp {
        delivery.startedAt.advanced(byMilliseconds: Int64(giveUpSeconds) * 1_000)
    }

    /// The latest start of a retry period that is over by now.
    public func lastOverdueStart(at now: Timestamp) -> Timestamp {
        now.advanced(byMilliseconds: -Int64(giveUpSeconds) * 1_000)
    }

    /// How many subscribers one notification may quarantine. More than that suggests that the relay is at fault.
    /// - Parameter active: how many active subscribers the page had.
    public static func mostQuarantines(of active: Int) -> Int { max(20, active / 20) }
}

extension Delivery {
    /// Records an attempt: the delivery is sent, has failed, or waits for the next attempt.
    /// - Parameter jitter: see `RetryRules.wait`.
    public mutating func note(
        _ outcome: DeliveryOutcome, _ response: Response, at now: Timestamp, rules: RetryRules, jitter: Int
    ) {
        attempts += 1
        (lastAttemptAt, lastResponse, nextAttemptAt) = (now, response, nil)
        switch outcome {
        case .accepted: (state, sentAt) = (.sent, now)
        case .temporary(let retryAfter):
            let wait = rules.wait(after: attempts, retryAfter: retryAfter, jitter: jitter)
            let next = now.advanced(byMilliseconds: wait)
            if next < rules.deadline(of: self) {
                (state, nextAttemptAt) = (.pending, next)
            } else {
                state = .failed
            }
        case .noMailbox, .refused, .gone: state = .failed
        }
    }

    /// Ends a delivery that is pending, without an attempt.
    public mutating func end(as state: State) {
        guard self.state == .pending else { return }
        (self.state, nextAttemptAt) = (state, nil)
    }

    /// Records the outcome of a message that contained this delivery's update in addition to its own.
    public mutating func follow(_ carrier: Delivery) {
        guard state == .pending else { return }
        switch carrier.state {
        case .sent: end(as: .superseded)
        case .failed:
            (lastAttemptAt, lastResponse) = (carrier.lastAttemptAt, carrier.lastResponse)
            end(as: .failed)
        case .pending: nextAttemptAt = carrier.nextAttemptAt
        case .cancelled: end(as: .cancelled)
        case .superseded: break
        }
    }

    /// Whether the message is still to be sent in the subscriber's current state.
    public func isWanted(by subscriber: Subscriber) -> Bool {
        switch kind {
        case .update, .manage: subscriber.state == .active
        case .confirmation: subscriber.state != .active
        case .test: subscriber.state != .unsubscribed
        }
    }
}

extension Subscriber {
    /// Counts the result of an update. For other messages, only the result `noMailbox` counts.
    /// - Parameters:
    ///   - delivery: after the attempt.
    ///   - response: the answer of the other side.
    /// - Returns: the reason to quarantine the subscriber; nil if there is none.
    public mutating func note(
        _ outcome: DeliveryOutcome, of delivery: Delivery, _ response: Delivery.Response, at now: Timestamp,
        rules: RetryRules
    ) -> String? {
        guard delivery.kind == .update || outcome == .noMailbox else { return nil }
        switch outcome {
        case .accepted: (failures, failingSince) = (0, nil)
        case .noMailbox: return Self.reason("the mailbox does not exist", response)
        case .gone: return Self.reason("the endpoint is gone", response)
        case .refused:
            countFailure(since: delivery.startedAt)
            if failures >= RetryRules.failuresToQuarantine { return Self.reason("emails are refused", response) }
        case .temporary:
            guard delivery.state == .failed, let limit = rules.quarantineAfterSeconds else { return nil }
            countFailure(since: delivery.startedAt)
            guard failures >= RetryRules.failuresToQuarantine, let failingSince else { return nil }
            let end = failingSince.advanced(byMilliseconds: Int64(limit) * 1_000)
            if now >= end { return Self.reason("calls fail", response) }
        }
        return nil
    }

    /// Counts a failure since the last success.
    public mutating func countFailure(since start: Timestamp) {
        failures += 1
        failingSince = failingSince ?? start
    }

    /// Counts an email that bounced after the relay had accepted it.
    /// - Parameter reason: the reason to record if this failure quarantines the subscriber.
    public mutating func noteSoftBounce(at now: Timestamp, reason: String) {
        failures += 1
        bouncedAt = now
        if failures >= RetryRules.failuresToQuarantine { quarantine(at: now, reason: reason) }
    }

    private static func reason(_ problem: String, _ response: Delivery.Response) -> String {
        let details = [response.code.map { "\($0)" } ?? "", response.text].filter { !$0.isEmpty }
        return ([problem + (details.isEmpty ? "" : ":")] + details).joined(separator: " ")
    }
}
