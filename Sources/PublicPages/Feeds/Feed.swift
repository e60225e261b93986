import Markup
import StatusPages

/// The last changed incidents and maintenances of a page or sub-page, for programs that poll.
///
/// Its ids are the ids of the page and the events, as UUIDs. A new name, status or domain does not change them.
struct Feed {
    /// The maximum number of events in a feed.
    static let mostEvents = 50
    static let generator = "Allclear"

    let name: String
    let description: String
    /// The page's address.
    let url: String
    let id: String
    /// The newest change; for an empty feed, when the page was created.
    let changedAt: Timestamp
    /// The last change first.
    let events: [EventSummary]

    /// - Parameters:
    ///   - createdAt: when the page was created.
    ///   - events: those that changed last.
    init(_ scope: PageScope, createdAt: Timestamp, events: [PageEvent]) {
        name = scope.name
        description =
            (scope.subPage == nil ? scope.page.description : nil) ?? "Incidents and maintenances of \(scope.name)"
        url = scope.url
        id = "urn:uuid:\(scope.id.uuid)"
        let sorted = events.sorted { ($1.changedAt, $1.ulid) < ($0.changedAt, $0.ulid) }.prefix(Self.mostEvents)
        changedAt = sorted.first?.changedAt ?? createdAt
        self.events = sorted.map { EventSummary($0, in: scope) }
    }

    /// As JSON Feed 1.1 (jsonfeed.org).
    func json() -> [UInt8] {
        JSONText.object { feed in
            feed.member("version", "https://jsonfeed.org/version/1.1")
            feed.member("title", name)
            feed.member("home_page_url", url)
            feed.member("feed_url", "\(url)/feed.json")
            feed.member("description", description)
            feed.member("language", "en")
            feed.array("items", events) { items, event in
                items.object { item in
                    item.member("id", "urn:uuid:\(event.uuid)")
                    item.member("url", event.url)
                    item.member("title", event.name)
                    item.member("content_html", event.body.text)
                    item.member("date_published", event.publishedAt.rfc3339)
                    item.member("date_modified", event.changedAt.rfc3339)
                    item.array("tags", [event.kind.rawValue, event.status]) { $0.value($1) }
                }
            }
        }
    }
}

extension EventSummary {
    /// The maximum number of updates in the body of an item.
    static let mostUpdates = 10

    /// The contents of an item in a feed.
    ///
    /// Programs read the current status from it: from the text after `Status: `, or from the first `<strong>`.
    var body: HTML {
        var body: HTML = "<b>Status: \(word)</b><br/><br/>"
        if let window { body += "<p>\(window.startAt.readable) to \(window.endAt.readable)</p>" }
        for update in updates.prefix(Self.mostUpdates) {
            let (opening, rest) = Markdown(update.message).parts
            body += "<p><small>\(update.publishedAt.readable)</small><br/><strong>\(update.word)</strong>"
            if let opening { body += " - \(opening)" }
            body += "</p>\(rest)"
        }
        if updates.count > Self.mostUpdates { body += "<p><a href=\"\(url: url)\">All updates</a></p>" }
        if !affected.isEmpty {
            let components = affected.map { "<li>\($0.name) (\($0.status.word))</li>" as HTML }
            body += "<b>Affected components</b><ul>\(components)</ul>"
        }
        return body
    }
}
