import Locking
import StatusPages

/// The configured settings for sending.
public struct DelivererSettings: Equatable, Sendable {
    /// Nil: no email is sent.
    public var mail: MailSettings?
    public var webhooks: WebhookSettings

    public init(mail: MailSettings?, webhooks: WebhookSettings) {
        self.mail = mail
        self.webhooks = webhooks
    }

    func rules(for channel: Subscriber.Channel) -> RetryRules {
        guard channel == .email else {
            return RetryRules(
                waits: webhooks.retrySeconds, giveUpSeconds: webhooks.giveUpSeconds,
                quarantineAfterSeconds: webhooks.quarantineAfterSeconds)
        }
        // Without a relay no email is tried, but emails that already wait fail in the end.
        return RetryRules(waits: mail?.retrySeconds ?? [], giveUpSeconds: mail?.giveUpSeconds ?? 86_400)
    }
}

/// The settings that are in effect.
final class CurrentSettings: Sendable {
    private let current: Locked<DelivererSettings>

    init(_ settings: DelivererSettings) { current = Locked(settings) }

    var value: DelivererSettings { current.withLock { $0 } }

    /// - Returns: the previous settings.
    func replace(with new: DelivererSettings) -> DelivererSettings {
        current.withLock { current in
            defer { current = new }
            return current
        }
    }
}
