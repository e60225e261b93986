import StatusPages

/// The configured settings for sending.
public struct DelivererSettings: Equatable, Sendable {
    /// Nil: no mail is sent.
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
        // Without a relay nothing is tried, but mails that wait from before fail in the end.
        return RetryRules(waits: mail?.retrySeconds ?? [], giveUpSeconds: mail?.giveUpSeconds ?? 86_400)
    }
}
