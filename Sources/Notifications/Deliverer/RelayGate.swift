import StatusPages

/// Decides when emails may go to the relay. After trouble with the relay all of them wait: one second, then twice as
/// long each time, at most five minutes. Then a single email tests whether the relay works again.
struct RelayGate {
    private static let longestWait: Int64 = 300_000

    /// The maximum number of emails in a minute. 0: no limit. They are spread evenly.
    var perMinute = 0
    /// The length of the current or the last wait, in milliseconds; 0 while the relay works.
    private(set) var wait: Int64 = 0
    private var opensAt = Timestamp(milliseconds: .min)
    private var isTrying = false
    private var nextMailAt = Timestamp(milliseconds: .min)

    var isFailing: Bool { wait > 0 }

    /// The wait before the next email, in milliseconds; 0 if it may be sent now. Nil until the email that tests the
    /// relay has an outcome.
    func delay(at now: Timestamp) -> Int64? {
        if isFailing, isTrying { return nil }
        // At most the intended wait, even if the clock was set back meanwhile.
        let closed = isFailing ? min(opensAt.milliseconds.subtractingCapped(now.milliseconds), wait) : 0
        guard perMinute > 0 else { return max(closed, 0) }
        let paced = min(nextMailAt.milliseconds.subtractingCapped(now.milliseconds), interval)
        return max(closed, paced, 0)
    }

    private var interval: Int64 { perMinute > 0 ? 60_000 / Int64(perMinute) : 0 }

    /// An email is about to be sent.
    mutating func begin(at now: Timestamp) {
        if isFailing { isTrying = true }
        nextMailAt = now.advanced(byMilliseconds: interval)
    }

    /// The relay dealt with an email.
    mutating func noteSuccess() { (wait, isTrying) = (0, false) }

    /// The relay could not be used.
    mutating func noteTrouble(at now: Timestamp) {
        // Several emails may be under way when the trouble begins. It counts once.
        guard !isFailing || isTrying else { return }
        wait = min(max(wait * 2, 1_000), Self.longestWait)
        opensAt = now.advanced(byMilliseconds: wait)
        isTrying = false
    }

    /// An email was not sent after all.
    mutating func noteNothing() { isTrying = false }

    /// Forgets the trouble, because the settings changed.
    mutating func reset() { (wait, isTrying) = (0, false) }
}

extension Int64 {
    fileprivate func subtractingCapped(_ other: Int64) -> Int64 {
        let (result, overflows) = subtractingReportingOverflow(other)
        return overflows ? (self < other ? .min : .max) : result
    }
}
