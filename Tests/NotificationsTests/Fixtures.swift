import Foundation
import StatusPages

@testable import Notifications

/// Values for tests. Ids and times are fixed, so emails have the same bytes in every run.
enum Fixtures {
    static let key = [UInt8](repeating: 7, count: 32)
    static let page: ID<StatusPage> = id(1)
    static let subscriberID: ID<Subscriber> = id(2)
    static let pageURL = "https://status.acme.example"
    /// 20 Nov 2026, 21:48:34 UTC, a Friday.
    static let time = Timestamp(milliseconds: 1_795_211_314_567)

    static func id<Entity>(_ number: UInt64) -> ID<Entity> { ID(ULID(high: 0x0199_0000_0000_0000, low: number)) }

    static func subscriber(
        _ channel: Subscriber.Channel = .email, address: String = "anna@example.org", format: Subscriber.Format? = nil,
        secrets: Subscriber.Secrets? = nil
    ) -> Subscriber {
        Subscriber(
            id: subscriberID, pageID: page, channel: channel, state: .active, address: address, format: format,
            source: .form, createdAt: time, secrets: secrets)
    }

    static var settings: MailSettings {
        MailSettings(host: "relay", from: Mailbox(name: "Acme Status", address: address("status@acme.example")))
    }

    static func address(_ text: String) -> EmailAddress {
        guard let address = EmailAddress(text) else { preconditionFailure("\(text) is not an address") }
        return address
    }

    static func notification(
        _ number: UInt64 = 3, name: String = "Logins fail", status: String = "investigating",
        message: String = "We are looking into it.", pageName: String = "Acme Status",
        kind: Announcement.EventKind = .incident, window: Maintenance.Window? = nil,
        affected: [Announcement.Affected] = [], at time: Timestamp = time
    ) -> UpdateNotification {
        UpdateNotification(
            id: id(number), createdAt: time,
            announcement: Announcement(
                pageID: page, pageName: pageName, pageSlug: "acme", pageURL: pageURL, eventKind: kind,
                eventID: ULID(high: 0x0199_0000_0000_0000, low: 9), eventName: name,
                updateID: ULID(high: 0x0199_0000_0000_0000, low: 100 + number), status: status, message: message,
                publishedAt: time, window: window, affected: affected, concerned: []))
    }

    static func delivery(
        _ kind: Delivery.Kind, _ channel: Subscriber.Channel = .email, pageName: String = "Acme Status"
    ) -> Delivery {
        Delivery(
            id: id(4), pageID: page, subscriberID: subscriberID, channel: channel, kind: kind,
            details: kind == .update
                ? nil
                : Delivery.Details(
                    pageName: pageName, pageURL: pageURL,
                    linkExpiresAt: kind == .confirmation ? time.advanced(byMilliseconds: 86_400_000) : nil),
            createdAt: time)
    }

    static func incident(_ messages: [String], worst: ComponentStatus = .partialOutage) -> PageEvent {
        .incident(
            Incident(
                id: id(9), pageID: page, name: "Renamed later", publishedAt: time, status: .investigating,
                updates: messages.enumerated().map { index, message in
                    EventUpdate(
                        id: id(UInt64(103 + index)), publishedAt: time.advanced(byMilliseconds: Int64(index) * 60_000),
                        message: message, status: .investigating,
                        componentStatuses: [StatusChange(componentID: id(50), status: worst)],
                        notifiesSubscribers: true)
                }))
    }
}
