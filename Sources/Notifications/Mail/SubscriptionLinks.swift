import Publishing
import StatusPages

/// The links in emails with which a subscriber changes or ends a subscription.
struct SubscriptionLinks {
    private let subscriber: Subscriber
    let pageURL: String
    private let key: [UInt8]

    init(_ subscriber: Subscriber, pageURL: String, key: [UInt8]) {
        self.subscriber = subscriber
        self.pageURL = pageURL
        self.key = key
    }

    var manage: String { url(SubscriptionToken(.manage, of: subscriber.id)) }

    var unsubscribe: String { "\(url(SubscriptionToken(.unsubscribe, of: subscriber.id)))/unsubscribe" }

    func confirm(until expiry: Timestamp) -> String {
        "\(url(SubscriptionToken(.confirm, of: subscriber.id, expiresAt: expiry)))/confirm"
    }

    private func url(_ token: SubscriptionToken) -> String {
        "\(pageURL)/subscriptions/\(token.text(for: subscriber.pageID, key: key))"
    }
}
