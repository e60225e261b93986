public import StatusPages

/// Composes calls to webhooks and chats.
public struct EndpointComposer: Sendable {
    /// What the management API shows, as JSON.
    public struct APIBodies: Sendable {
        let event: @Sendable (PageEvent) throws -> [UInt8]
        let lastUpdate: @Sendable (PageEvent) throws -> [UInt8]

        /// - Parameters:
        ///   - event: the incident or maintenance.
        ///   - lastUpdate: its last update.
        public init(
            event: @escaping @Sendable (PageEvent) throws -> [UInt8],
            lastUpdate: @escaping @Sendable (PageEvent) throws -> [UInt8]
        ) {
            self.event = event
            self.lastUpdate = lastUpdate
        }
    }

    /// The state of the page in the words of Statuspage's API.
    public struct PageStatus: Equatable, Sendable {
        let indicator: String
        let description: String

        public init(indicator: String, description: String) {
            self.indicator = indicator
            self.description = description
        }
    }

    /// A call cannot be composed.
    public struct Incomplete: Error, CustomStringConvertible {
        public let description: String
    }

    private let bodies: APIBodies

    public init(_ bodies: APIBodies) { self.bodies = bodies }

    /// The call for a delivery.
    /// - Parameters:
    ///   - told: the updates that it is about, newest first; empty for a test. Webhooks get only the first.
    ///   - event: the event as it was after the first update. Only webhooks need it.
    ///   - pageStatus: the state of the page. Only the format `statuspage` needs it.
    ///   - key: `ReadTransaction.subscriptionKey()`.
    ///   - now: the time of the attempt.
    public func call(
        for delivery: Delivery, to subscriber: Subscriber, told: [UpdateNotification], event: PageEvent?,
        pageStatus: PageStatus, key: [UInt8], at now: Timestamp
    ) throws -> Call {
        throw Incomplete(description: "")
    }
}
