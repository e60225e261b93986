import HTTPServer
import Locking
import Publishing
import StatusPages

/// The recent sign-ups of all pages, for the limits on them.
///
/// It keeps only admitted sign-ups, for ten minutes, and at most a fixed number of them.
struct SignUpHistory: Sendable {
    /// A sign-up over a limit.
    struct Refusal: Equatable {
        let limit: SignUpLimits.Name
        /// Seconds until the next one can succeed, at least 1.
        let retryAfter: Int
    }

    private struct Entry {
        let at: Int64
        let client: IPAddress?
    }

    private static let clientWindow: Int64 = 600_000
    private static let totalWindow: Int64 = 60_000

    /// Oldest first.
    private var entries: [Entry] = []

    private let most: Int

    /// - Parameter most: how many sign-ups are kept.
    init(most: Int = 50_000) { self.most = most }

    var count: Int { entries.count }

    /// Counts a sign-up, or refuses it.
    /// - Parameter client: nil if it is unknown; then only the limit on all clients applies.
    mutating func admit(_ client: IPAddress?, _ rules: SubscriptionRules, at now: Timestamp) -> Refusal? {
        let now = now.milliseconds
        // If the clock was set back, entries of the future would stay for too long.
        entries.removeAll { $0.at > now || $0.at <= now - Self.clientWindow }
        let client = client?.network
        if let client {
            let own = entries.filter { $0.client == client }
            if let wait = Self.wait(own, rules.signUpsPerClient, Self.clientWindow, now) {
                return Refusal(limit: .perClient, retryAfter: wait)
            }
        }
        let recent = entries.filter { $0.at > now - Self.totalWindow }
        if let wait = Self.wait(recent, rules.signUpsPerMinute, Self.totalWindow, now) {
            return Refusal(limit: .perMinute, retryAfter: wait)
        }
        if entries.count >= most { entries.removeFirst() }
        entries.append(Entry(at: now, client: client))
        return nil
    }

    /// Seconds until fewer than `limit` of the entries are in the window; nil if that is so now.
    private static func wait(_ entries: [Entry], _ limit: Int, _ window: Int64, _ now: Int64) -> Int? {
        guard entries.count >= limit else { return nil }
        let free = entries[entries.count - limit].at + window
        return Int(max(1, (free - now + 999) / 1_000))
    }
}

/// The limits on sign-ups, and how many exceeded them. Thread-safe.
public final class SignUpLimits: Sendable {
    public enum Name: String, CaseIterable, Sendable {
        case perClient = "sign_ups_per_client"
        case perMinute = "sign_ups_per_minute"
        /// Sign-ups over this limit get the usual answer, but no email.
        case perAddress = "mails_per_address"
    }

    private struct State {
        var history = SignUpHistory()
        var refused: [Name: Int] = [:]
    }

    private let state = Locked(State())

    public init() {}

    /// How many sign-ups each limit refused.
    public var refusedCounts: [(limit: Name, count: Int)] {
        let refused = state.withLock { $0.refused }
        return Name.allCases.map { ($0, refused[$0] ?? 0) }
    }

    /// - Parameter now: read under the lock, so that no thread overtakes another.
    func admit(
        _ client: IPAddress?, _ rules: SubscriptionRules, at now: () -> Timestamp
    ) -> SignUpHistory.Refusal? {
        state.withLock { state in
            let refusal = state.history.admit(client, rules, at: now())
            if let refusal { state.refused[refusal.limit, default: 0] += 1 }
            return refusal
        }
    }

    func note(_ limit: Name) { state.withLock { $0.refused[limit, default: 0] += 1 } }
}
