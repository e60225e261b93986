import Publishing
import StatusPages
import Storage

/// Deletes data that is kept only for a time: deliveries, subscribers that never confirmed, and addresses of
/// subscribers that unsubscribed.
final class SubscriberRetention: Sendable {
    /// How many rows one transaction changes.
    private static let part = 500
    /// How long the addresses of people who did not confirm are kept after their last link expired.
    private static let unconfirmed: Int64 = 48 * 3_600_000
    private static let day: Int64 = 86_400_000

    private let store: Store
    private let writer: Writer
    private let publishing: Publishing
    private let problems: ProblemLog

    init(store: Store, writer: Writer, publishing: Publishing, problems: ProblemLog) {
        self.store = store
        self.writer = writer
        self.publishing = publishing
        self.problems = problems
    }

    /// Gives the writer no work if nothing is old enough.
    func enforce() {
        let rules = publishing.rules
        let now = publishing.now()
        let deliveries = now.advanced(byMilliseconds: -Int64(rules.keepDeliveriesDays) * Self.day)
        let unsubscribed = now.advanced(byMilliseconds: -Int64(rules.keepUnsubscribedDays) * Self.day)
        let expired = now.advanced(byMilliseconds: -Self.unconfirmed)
        do {
            let isDue = try store.read { transaction in
                let hasOldDeliveries = try transaction.hasDeliveries(from: deliveries)
                let hasUnconfirmed = try transaction.hasUnconfirmed(expiredBefore: expired)
                return try hasOldDeliveries || hasUnconfirmed
                    || !transaction.unsubscribed(before: unsubscribed, linkExpiredBefore: expired, limit: 1).isEmpty
            }
            guard isDue else { return }
        } catch {
            return problems.report("cannot read outdated data of subscribers", error)
        }
        writer.write(
            { transaction in
                let deleted = try transaction.deleteDeliveries(from: deliveries, limit: Self.part)
                let unconfirmed = try transaction.deleteUnconfirmed(expiredBefore: expired, limit: Self.part)
                let outdated = try transaction.reading.unsubscribed(
                    before: unsubscribed, linkExpiredBefore: expired, limit: Self.part)
                try Self.eraseAddresses(of: outdated, in: transaction)
                return [deleted, unconfirmed, outdated.count].contains(Self.part)
            },
            completion: { [self] result in
                switch result {
                case .success(let isMore): if isMore { enforce() }
                case .failure(let error): problems.report("cannot delete outdated data of subscribers", error)
                }
            })
    }

    private static func eraseAddresses(of subscribers: [Subscriber], in transaction: WriteTransaction) throws {
        let key = try transaction.reading.subscriptionKey()
        for subscriber in subscribers {
            let hash = SubscriptionHash.of(subscriber.addressKey, subscriber.channel, key: key)
            try transaction.eraseAddress(of: subscriber.id, hash: hash)
        }
    }
}
