import StatusPages

/// The JSON of a delivery.
struct DeliveryBody: Encodable {
    private let delivery: Delivery
    /// Only for updates.
    private let announcement: Announcement?
    /// With its angle brackets. Only for emails.
    private let messageID: String?

    /// - Parameter sender: the sender of the page's emails; nil if neither the page nor the server has one.
    init(_ delivery: Delivery, announcement: Announcement?, sender: Mailbox?) {
        self.delivery = delivery
        self.announcement = announcement
        let name = "\(delivery.notificationID?.description ?? delivery.id.description).\(delivery.subscriberID)"
        messageID = delivery.channel == .email ? sender.map { "<\(name)@\($0.address.domain)>" } : nil
    }

    private struct Response: Encodable {
        let code: Int?
        let text: String
    }

    enum CodingKeys: String, CodingKey {
        case id, channel, kind, state, attempts
        case statusPageID = "status_page_id"
        case subscriberID = "status_page_subscriber_id"
        case incidentID = "status_page_incident_id"
        case maintenanceID = "status_page_maintenance_id"
        case updateID = "update_id"
        case createdAt = "created_at"
        case lastAttemptAt = "last_attempt_at"
        case nextAttemptAt = "next_attempt_at"
        case sentAt = "sent_at"
        case lastResponse = "last_response"
        case messageID = "message_id"
    }

    func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(delivery.id.description, forKey: .id)
        try members.encode(delivery.pageID.description, forKey: .statusPageID)
        try members.encode(delivery.subscriberID.description, forKey: .subscriberID)
        try members.encode(delivery.channel.rawValue, forKey: .channel)
        try members.encode(delivery.kind.rawValue, forKey: .kind)
        if let announcement {
            let isIncident = announcement.eventKind == .incident
            try members.encode(announcement.eventID.description, forKey: isIncident ? .incidentID : .maintenanceID)
            try members.encode(announcement.updateID.description, forKey: .updateID)
        }
        try members.encode(delivery.state.rawValue, forKey: .state)
        try members.encode(delivery.attempts, forKey: .attempts)
        try members.encode(delivery.createdAt.rfc3339, forKey: .createdAt)
        try members.encodeIfPresent(delivery.lastAttemptAt?.rfc3339, forKey: .lastAttemptAt)
        try members.encodeIfPresent(delivery.nextAttemptAt?.rfc3339, forKey: .nextAttemptAt)
        try members.encodeIfPresent(delivery.sentAt?.rfc3339, forKey: .sentAt)
        try members.encodeIfPresent(
            delivery.lastResponse.map { Response(code: $0.code, text: $0.text) }, forKey: .lastResponse)
        try members.encodeIfPresent(messageID, forKey: .messageID)
    }
}

/// The JSON of a notification.
struct NotificationBody: Encodable {
    let notification: UpdateNotification
    let counts: [Delivery.State: Int]

    enum CodingKeys: String, CodingKey {
        case id, deliveries
        case statusPageID = "status_page_id"
        case incidentID = "status_page_incident_id"
        case maintenanceID = "status_page_maintenance_id"
        case updateID = "update_id"
        case createdAt = "created_at"
        case fannedOutAt = "fanned_out_at"
    }

    func encode(to encoder: any Encoder) throws {
        let announcement = notification.announcement
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(notification.id.description, forKey: .id)
        try members.encode(announcement.pageID.description, forKey: .statusPageID)
        let isIncident = announcement.eventKind == .incident
        try members.encode(announcement.eventID.description, forKey: isIncident ? .incidentID : .maintenanceID)
        try members.encode(announcement.updateID.description, forKey: .updateID)
        try members.encode(notification.createdAt.rfc3339, forKey: .createdAt)
        try members.encodeIfPresent(notification.fannedOutAt?.rfc3339, forKey: .fannedOutAt)
        let counts = Delivery.State.allCases.map { ($0.rawValue, self.counts[$0] ?? 0) }
        try members.encode(Dictionary(uniqueKeysWithValues: counts), forKey: .deliveries)
    }
}

/// The JSON of the state of sending.
struct DeliveryStatusBody: Encodable {
    private struct Relay: Encodable {
        let state: String
        let lastError: String?

        enum CodingKeys: String, CodingKey {
            case state
            case lastError = "last_error"
        }
    }

    private let paused: Bool
    private let pending: Int
    private let oldestPendingAt: String?
    private let relay: Relay

    enum CodingKeys: String, CodingKey {
        case paused, pending, relay
        case oldestPendingAt = "oldest_pending_at"
    }

    init(_ status: DeliveryStatus) {
        paused = status.isPaused
        pending = status.pendingNotifications
        oldestPendingAt = status.oldestPendingAt?.rfc3339
        relay = Relay(state: status.relay.rawValue, lastError: status.relayError)
    }
}
