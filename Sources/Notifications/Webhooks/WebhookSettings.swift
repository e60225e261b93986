/// How the server calls endpoints: webhooks and chats.
public struct WebhookSettings: Equatable, Sendable {
    public var httpsOnly = true
    /// Networks that are not public, but that endpoints may be in.
    public var allowedNetworks: [InternetNetwork] = []
    /// The URL of an HTTP proxy for all calls. The proxy then decides which addresses may be reached.
    public var proxy: String?
    /// How long a call may take.
    public var timeoutSeconds = 15
    public var maxConcurrent = 16
    public var giveUpSeconds = 86_400
    /// The waits between attempts. The last one repeats.
    public var retrySeconds = [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800]
    /// After this time without a success, three failed deliveries in a row quarantine an endpoint.
    public var quarantineAfterSeconds = 432_000

    public init() {}

    /// The addresses that endpoints may have.
    public var addressPolicy: AddressPolicy { AddressPolicy(allowedNetworks: allowedNetworks) }
}
