public import StatusPages

/// Composes calls to webhooks and chats.
public struct EndpointComposer: Sendable {
    /// The JSON that the management API shows.
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
        /// The page's hidden components, which must not show in the impact of an incident.
        let hidden: Set<ID<Component>>

        public init(indicator: String, description: String, hidden: Set<ID<Component>> = []) {
            self.indicator = indicator
            self.description = description
            self.hidden = hidden
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
    ///   - notifications: the updates that it is about, newest first; empty for a test. Webhooks get only the first.
    ///   - event: the event as it was after the first update. Only webhooks need it.
    ///   - pageStatus: the state of the page. Only the format `statuspage` needs it.
    ///   - key: `ReadTransaction.subscriptionKey()`.
    ///   - now: the time of the attempt.
    /// - Throws: `Incomplete` if a part that the call needs is missing, and the errors of the API's bodies.
    public func call(
        for delivery: Delivery, to subscriber: Subscriber, notifications: [UpdateNotification], event: PageEvent?,
        pageStatus: PageStatus, key: [UInt8], at now: Timestamp
    ) throws -> Call {
        let announcements = notifications.map(\.announcement)
        if announcements.isEmpty, delivery.details == nil {
            throw Incomplete(description: "the announcement is missing")
        }
        var fields = [(name: "Content-Type", value: "application/json"), (name: "User-Agent", value: "Allclear")]
        if let chat = try chat(delivery, announcements).body(for: subscriber.channel) {
            return Call(url: subscriber.address, fields: fields, body: chat)
        }
        guard subscriber.channel == .webhook, let secrets = subscriber.secrets else {
            throw Incomplete(description: "the subscriber is not an endpoint, or has no secret")
        }
        let body =
            if subscriber.format == .statuspage {
                try statuspage(delivery, subscriber, announcements.first, event, pageStatus, key)
            } else if let newest = announcements.first {
                try incidentIO(newest, event)
            } else {
                try test(delivery)
            }
        fields += WebhookSignature(of: body, id: "\(delivery.id)", at: now, secrets: secrets.valid(at: now)).fields
        return Call(url: subscriber.address, fields: fields, body: body)
    }

    private func chat(_ delivery: Delivery, _ announcements: [Announcement]) -> ChatMessage {
        if announcements.isEmpty, let details = delivery.details { return ChatMessage(testOf: details) }
        return ChatMessage(announcements)
    }

    // MARK: Webhooks

    private func incidentIO(_ announcement: Announcement, _ event: PageEvent?) throws -> [UInt8] {
        let event = try Self.required(event)
        let resource = "status_page_\(announcement.eventKind.rawValue)"
        let type = "\(resource).update_shared_v1"
        // The two values are JSON already.
        return Array("{\"event_type\":\"\(type)\",\"\(type)\":{\"\(resource)\":".utf8) + (try bodies.event(event))
            + Array(",\"update\":".utf8) + (try bodies.lastUpdate(event)) + Array("}}".utf8)
    }

    private func test(_ delivery: Delivery) throws -> [UInt8] {
        let type = "status_page.test_v1"
        let page: JSONBody = [
            "id": .text(delivery.pageID.description), "name": .text(delivery.details?.pageName ?? ""),
            "public_url": .text(delivery.details?.pageURL ?? ""),
        ]
        return try JSONBody.object(["event_type": .text(type), type: ["status_page": page]]).encoded()
    }

    private func statuspage(
        _ delivery: Delivery, _ subscriber: Subscriber, _ announcement: Announcement?, _ event: PageEvent?,
        _ status: PageStatus, _ key: [UInt8]
    ) throws -> [UInt8] {
        let pageURL = announcement?.pageURL ?? delivery.details?.pageURL ?? ""
        let body = StatuspageBody(for: subscriber, SubscriptionLinks(subscriber, pageURL: pageURL, key: key), status)
        let incident = try announcement.map { body.incident(try Self.required(event), $0) }
        return try body.json(incident).encoded()
    }

    private static func required(_ event: PageEvent?) throws -> PageEvent {
        guard let event else { throw Incomplete(description: "the event is missing") }
        return event
    }
}
