import Markup
import StatusPages

extension Feed {
    /// As RSS 2.0 (rssboard.org/rss-specification). The items are in the order of their newest updates, newest first.
    func rss() -> [UInt8] {
        let feed: HTML = """
            <?xml version="1.0" encoding="UTF-8"?>
            <rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>
            <title>\(name)</title>
            <link>\(url: url)</link>
            <description>\(description)</description>
            <language>en</language>
            <lastBuildDate>\(changedAt.rfc822)</lastBuildDate>
            <generator>\(Self.generator)</generator>
            <ttl>5</ttl>
            <atom:link href="\(url: "\(url)/feed.rss")" rel="self" type="application/rss+xml"/>
            \(datedItems.map(Self.item))</channel></rss>

            """
        return feed.bytes
    }

    /// The items with dates at least a second apart, because Slack ignores an item with the same date as another. Of
    /// items with the same date, those further down get an earlier date.
    private var datedItems: [(date: Timestamp, event: EventSummary)] {
        var latest = Int64.max
        return events.sorted { ($1.updatedAt, $1.uuid) < ($0.updatedAt, $0.uuid) }.map { event in
            latest = min(event.updatedAt.wholeSeconds, latest - 1)
            return (Timestamp(milliseconds: latest * 1_000), event)
        }
    }

    private static func item(_ date: Timestamp, _ event: EventSummary) -> HTML {
        """
        <item>
        <title>\(event.name)</title>
        <link>\(url: event.url)</link>
        <guid isPermaLink="false">urn:uuid:\(event.uuid)</guid>
        <pubDate>\(date.rfc822)</pubDate>
        <category>\(event.kind.rawValue)</category>
        <category>\(event.status)</category>
        <description>\(event.body.text)</description>
        </item>

        """
    }

    /// As Atom (RFC 4287). The entries are in the order of their last changes, newest first.
    func atom() -> [UInt8] {
        let feed: HTML = """
            <?xml version="1.0" encoding="UTF-8"?>
            <feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
            <id>\(id)</id>
            <title>\(name)</title>
            <updated>\(changedAt.rfc3339)</updated>
            <author><name>\(name)</name></author>
            <generator>\(Self.generator)</generator>
            <link rel="self" type="application/atom+xml" href="\(url: "\(url)/feed.atom")"/>
            <link rel="alternate" type="text/html" href="\(url: url)"/>
            \(events.map(Self.entry))</feed>

            """
        return feed.bytes
    }

    private static func entry(_ event: EventSummary) -> HTML {
        """
        <entry>
        <id>urn:uuid:\(event.uuid)</id>
        <title>\(event.name)</title>
        <published>\(event.publishedAt.rfc3339)</published>
        <updated>\(event.changedAt.rfc3339)</updated>
        <link rel="alternate" type="text/html" href="\(url: event.url)"/>
        <category term="\(event.kind.rawValue)"/>
        <category term="\(event.status)"/>
        <content type="html">\(event.body.text)</content>
        </entry>

        """
    }
}
