import Foundation
import GRDB
public import StatusPages

extension ReadTransaction {
    public func notification(_ id: ID<UpdateNotification>) throws -> UpdateNotification? {
        try notifications(where: "id = ?", [id.description]).first
    }

    /// Notifications of a page, newest first.
    /// - Parameters:
    ///   - event: only those of this incident or maintenance.
    ///   - after: the notification after which the list begins. Nil: from the newest.
    /// - Returns: nil if `after` is not a notification of the page.
    public func notifications(
        of page: ID<StatusPage>, event: ULID? = nil, after: ID<UpdateNotification>? = nil, limit: Int
    ) throws -> [UpdateNotification]? {
        if let after, try notification(after)?.announcement.pageID != page { return nil }
        var condition = "page_id = ?"
        var arguments: StatementArguments = [page.description]
        if let event {
            condition += " AND event_id = ?"
            arguments += [event.description]
        }
        if let after {
            condition += " AND id < ?"
            arguments += [after.description]
        }
        return try notifications(where: "\(condition) ORDER BY id DESC LIMIT ?", arguments + [limit])
    }

    /// How many deliveries of a notification there are in each state.
    public func deliveryCounts(of notification: ID<UpdateNotification>) throws -> [Delivery.State: Int] {
        let counts = try db.query(
            "SELECT state, count(*) FROM deliveries WHERE notification_id = ? GROUP BY state",
            [notification.description]
        ) { (try $0.choice(0) as Delivery.State, try $0.value(1) as Int) }
        return Dictionary(uniqueKeysWithValues: counts)
    }

    private func notifications(where condition: String, _ arguments: StatementArguments) throws -> [UpdateNotification]
    {
        try db.query(
            """
            SELECT id, created_at, announcement, fanned_out_at, held_until FROM notifications WHERE \(condition)
            """, arguments, NotificationRow.read)
    }
}

extension WriteTransaction {
    /// Stores a notification. Call it in the transaction of its update.
    public func insert(_ notification: UpdateNotification) throws {
        let announcement = notification.announcement
        try db.run(
            """
            INSERT INTO notifications (id, page_id, event_id, update_id, created_at, announcement, fanned_out_at,
                held_until)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                notification.id.description, announcement.pageID.description, announcement.eventID.description,
                announcement.updateID.description, notification.createdAt.milliseconds,
                try AnnouncementText(announcement).encoded(),
                notification.fannedOutAt?.milliseconds, notification.heldUntil?.milliseconds,
            ])
    }

    /// Stops a notification that is still held.
    /// - Returns: false if nothing was changed, because it is not held any more.
    public func stopNotification(_ id: ID<UpdateNotification>, at now: Timestamp) throws -> Bool {
        try db.run(
            """
            UPDATE notifications SET fanned_out_at = :now
            WHERE id = :id AND fanned_out_at IS NULL AND held_until > :now AND cursor = ''
            """, ["now": now.milliseconds, "id": id.description])
        return db.changesCount > 0
    }

    /// Stores how far the deliveries of a notification have been made.
    /// - Parameters:
    ///   - cursor: the last subscriber whose delivery was decided.
    ///   - end: when the last delivery was made; nil if there are more.
    public func advance(_ notification: ID<UpdateNotification>, to cursor: String, endingAt end: Timestamp?) throws {
        try db.run(
            "UPDATE notifications SET cursor = ?, fanned_out_at = ? WHERE id = ?",
            [cursor, end?.milliseconds, notification.description])
    }
}

private enum NotificationRow {
    static func read(_ row: Row) throws -> UpdateNotification {
        UpdateNotification(
            id: try row.id(0), createdAt: try row.timestamp(1),
            announcement: try AnnouncementText.decode(try row.value(2)).announcement(),
            fannedOutAt: try row.optionalTimestamp(3), heldUntil: try row.optionalTimestamp(4))
    }
}

/// An announcement as JSON. Its keys are part of the schema: they may be added to, but not renamed.
private struct AnnouncementText: Codable {
    struct Affected: Codable {
        let name: String
        let status: String
    }

    struct Concerned: Codable {
        let component: String
        let group: String?
        let subPage: String?

        enum CodingKeys: String, CodingKey {
            case component, group
            case subPage = "sub_page"
        }
    }

    let page: String
    let pageName: String
    let pageSlug: String
    let pageURL: String
    let kind: String
    let event: String
    let eventName: String
    let update: String
    let status: String
    let message: String
    let publishedAt: Int64
    let startAt: Int64?
    let endAt: Int64?
    let affected: [Affected]
    let concerned: [Concerned]

    enum CodingKeys: String, CodingKey {
        case page, kind, event, update, status, message, affected, concerned
        case pageName = "page_name"
        case pageSlug = "page_slug"
        case pageURL = "page_url"
        case eventName = "event_name"
        case publishedAt = "published_at"
        case startAt = "start_at"
        case endAt = "end_at"
    }

    init(_ announcement: Announcement) {
        page = announcement.pageID.description
        pageName = announcement.pageName
        pageSlug = announcement.pageSlug
        pageURL = announcement.pageURL
        kind = announcement.eventKind.rawValue
        event = announcement.eventID.description
        eventName = announcement.eventName
        update = announcement.updateID.description
        status = announcement.status
        message = announcement.message
        publishedAt = announcement.publishedAt.milliseconds
        startAt = announcement.window?.startAt.milliseconds
        endAt = announcement.window?.endAt.milliseconds
        affected = announcement.affected.map { Affected(name: $0.name, status: $0.status.rawValue) }
        concerned = announcement.concerned.map {
            Concerned(
                component: $0.id.description, group: $0.groupID?.description, subPage: $0.subPageID?.description)
        }
    }

    func encoded() throws -> String { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }

    static func decode(_ text: String) throws -> AnnouncementText {
        do {
            return try JSONDecoder().decode(AnnouncementText.self, from: Data(text.utf8))
        } catch {
            throw StorageError.inconsistent(reason: "an announcement cannot be read: \(error)")
        }
    }

    func announcement() throws -> Announcement {
        guard let page = ID<StatusPage>(page), let kind = Announcement.EventKind(rawValue: kind),
            let event = ULID(event), let update = ULID(update)
        else { throw StorageError.inconsistent(reason: "an announcement has an invalid id or kind") }
        var window: Maintenance.Window?
        if let startAt, let endAt {
            window = Maintenance.Window(
                startAt: Timestamp(milliseconds: startAt), endAt: Timestamp(milliseconds: endAt))
        }
        return Announcement(
            pageID: page, pageName: pageName, pageSlug: pageSlug, pageURL: pageURL, eventKind: kind, eventID: event,
            eventName: eventName, updateID: update, status: status, message: message,
            publishedAt: Timestamp(milliseconds: publishedAt), window: window,
            affected: affected.compactMap { affected in
                ShownStatus(rawValue: affected.status).map { Announcement.Affected(name: affected.name, status: $0) }
            },
            concerned: concerned.compactMap { concerned in
                ID(concerned.component).map {
                    ConcernedComponent(
                        id: $0, groupID: concerned.group.flatMap(ID.init), subPageID: concerned.subPage.flatMap(ID.init)
                    )
                }
            })
    }
}
