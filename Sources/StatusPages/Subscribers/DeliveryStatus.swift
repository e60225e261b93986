/// The state of sending, as operators see it.
public struct DeliveryStatus: Equatable, Sendable {
    public enum RelayState: String, CaseIterable, Sendable {
        /// The relay accepts emails, or none was sent yet.
        case ok
        case failing
        /// The server is configured without a relay.
        case off
    }

    /// Whether updates are held back. Confirmations, links and tests are sent in any case.
    public var isPaused: Bool
    /// How many notifications still lack deliveries.
    public var pendingNotifications: Int
    /// When the oldest of those was made.
    public var oldestPendingAt: Timestamp?
    public var relay: RelayState
    /// The relay's last failure, only while it is failing.
    public var relayError: String?

    public init(
        isPaused: Bool = false, pendingNotifications: Int = 0, oldestPendingAt: Timestamp? = nil,
        relay: RelayState = .off, relayError: String? = nil
    ) {
        self.isPaused = isPaused
        self.pendingNotifications = pendingNotifications
        self.oldestPendingAt = oldestPendingAt
        self.relay = relay
        self.relayError = relayError
    }
}
