import Foundation
import StatusPages
import Testing

@testable import PublicPages

@Suite("Feeds")
struct FeedTests {
    private static let scope = PageScope.sample([.component(11), .component(12, isHidden: true), .component(13)])

    private static func feed(_ events: [PageEvent], _ scope: PageScope = scope) -> Feed {
        Feed(scope, createdAt: moment(minutes: -1_000), events: events)
    }

    private static let resolved = PageEvent.incident(
        .reported(
            7,
            [
                (moment(), .investigating, "We **look**.\n\n- a", [(11, .partialOutage), (12, .fullOutage)]),
                (moment(minutes: 5), .resolved, "", [(11, .operational), (12, .operational)]),
            ]))

    @Test("RSS")
    func rss() {
        let expected = """
            <?xml version="1.0" encoding="UTF-8"?>
            <rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>
            <title>Page acme</title>
            <link>https://status.example/acme</link>
            <description>Incidents and maintenances of Page acme</description>
            <language>en</language>
            <lastBuildDate>Fri, 20 Nov 2026 21:53:34 GMT</lastBuildDate>
            <generator>Allclear</generator>
            <ttl>5</ttl>
            <atom:link href="https://status.example/acme/feed.rss" rel="self" type="application/rss+xml"/>
            <item>
            <title>Incident 7</title>
            <link>https://status.example/acme/incidents/00000000000000000000000007</link>
            <guid isPermaLink="false">urn:uuid:00000000-0000-0000-0000-000000000007</guid>
            <pubDate>Fri, 20 Nov 2026 21:53:34 GMT</pubDate>
            <category>incident</category>
            <category>resolved</category>
            <description>&lt;b&gt;Status: Resolved&lt;/b&gt;&lt;br/&gt;&lt;br/&gt;\
            &lt;p&gt;&lt;small&gt;20 Nov 2026, 21:53 UTC&lt;/small&gt;&lt;br/&gt;\
            &lt;strong&gt;Resolved&lt;/strong&gt;&lt;/p&gt;\
            &lt;p&gt;&lt;small&gt;20 Nov 2026, 21:48 UTC&lt;/small&gt;&lt;br/&gt;\
            &lt;strong&gt;Investigating&lt;/strong&gt; - We &lt;strong&gt;look&lt;/strong&gt;.&lt;/p&gt;\
            &lt;ul&gt;&lt;li&gt;a&lt;/li&gt;&lt;/ul&gt;\
            &lt;b&gt;Affected components&lt;/b&gt;&lt;ul&gt;&lt;li&gt;Component 11 (Operational)&lt;/li&gt;&lt;/ul&gt;\
            </description>
            </item>
            </channel></rss>

            """
        #expect(String(decoding: Self.feed([Self.resolved]).rss(), as: UTF8.self) == expected)
    }

    @Test("Atom")
    func atom() {
        let maintenance = Maintenance.planned(9, [(moment(), .scheduled, "Soon.")])
        let expected = """
            <?xml version="1.0" encoding="UTF-8"?>
            <feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
            <id>urn:uuid:00000000-0000-0000-0000-000000000001</id>
            <title>Page acme</title>
            <updated>2026-11-20T21:48:34.123Z</updated>
            <author><name>Page acme</name></author>
            <generator>Allclear</generator>
            <link rel="self" type="application/atom+xml" href="https://status.example/acme/feed.atom"/>
            <link rel="alternate" type="text/html" href="https://status.example/acme"/>
            <entry>
            <id>urn:uuid:00000000-0000-0000-0000-000000000009</id>
            <title>Maintenance 9</title>
            <published>2026-11-20T21:48:34.123Z</published>
            <updated>2026-11-20T21:48:34.123Z</updated>
            <link rel="alternate" type="text/html" \
            href="https://status.example/acme/maintenances/00000000000000000000000009"/>
            <category term="maintenance"/>
            <category term="maintenance_scheduled"/>
            <content type="html">&lt;b&gt;Status: Scheduled&lt;/b&gt;&lt;br/&gt;&lt;br/&gt;\
            &lt;p&gt;20 Nov 2026, 22:48 UTC to 20 Nov 2026, 23:48 UTC&lt;/p&gt;\
            &lt;p&gt;&lt;small&gt;20 Nov 2026, 21:48 UTC&lt;/small&gt;&lt;br/&gt;\
            &lt;strong&gt;Scheduled&lt;/strong&gt; - Soon.&lt;/p&gt;</content>
            </entry>
            </feed>

            """
        #expect(String(decoding: Self.feed([.maintenance(maintenance)]).atom(), as: UTF8.self) == expected)
    }

    @Test("JSON Feed")
    func json() {
        let expected = """
            {"version":"https://jsonfeed.org/version/1.1","title":"Page acme",\
            "home_page_url":"https://status.example/acme","feed_url":"https://status.example/acme/feed.json",\
            "description":"Incidents and maintenances of Page acme","language":"en","items":[{\
            "id":"urn:uuid:00000000-0000-0000-0000-000000000007",\
            "url":"https://status.example/acme/incidents/00000000000000000000000007","title":"Incident 7",\
            "content_html":"<b>Status: Investigating</b><br/><br/><p><small>20 Nov 2026, 21:48 UTC</small><br/>\
            <strong>Investigating</strong> - m</p>","date_published":"2026-11-20T21:48:34.123Z",\
            "date_modified":"2026-11-20T21:48:34.123Z","tags":["incident","investigating"]}]}
            """
        let json = Self.feed([.incident(.reported(7, at: moment()))]).json()
        #expect(String(decoding: json, as: UTF8.self) == expected)
    }

    @Test("A feed without events is dated by the page's creation")
    func empty() throws {
        let feed = Self.feed([])
        let channel = try #require(XMLTree.read(feed.rss())["channel"].first)
        #expect(channel.only("lastBuildDate") == "Fri, 20 Nov 2026 05:08:34 GMT")
        #expect(channel["item"].isEmpty)
        #expect(try XMLTree.read(feed.atom()).only("updated") == "2026-11-20T05:08:34.123Z")
        try expectAtom(feed.atom())
        #expect(String(decoding: feed.json(), as: UTF8.self).hasSuffix(#""items":[]}"#))
    }

    @Test("The items in RSS are in the order of their newest updates, and no two have the same date")
    func dates() throws {
        let times: [Int64] = [0, 400, 800, 0, -1_000, -1_100, 0, 5_000, -500]
        let events = times.enumerated().map { index, time in
            PageEvent.incident(.reported(UInt64(10 + index), at: moment(milliseconds: time)))
        }
        let channel = try #require(XMLTree.read(Self.feed(events).rss())["channel"].first)
        let dates = channel["item"].compactMap { $0.only("pubDate") }
        let seconds = [39, 34, 33, 32, 31, 30, 29, 28, 27]
        #expect(dates == seconds.map { "Fri, 20 Nov 2026 21:48:\($0) GMT" })
        #expect(
            channel["item"].compactMap { $0.only("title") }
                == [17, 12, 11, 16, 13, 10, 18, 14, 15].map { "Incident \($0)" })
    }

    @Test("Atom is sorted by last change, RSS by newest update; both have the 50 most recently changed events")
    func order() throws {
        var events = (0..<60).map { PageEvent.incident(.reported(UInt64(100 + $0), at: moment(minutes: $0))) }
        // Published first, renamed last.
        let renamed = Maintenance.planned(
            9, revisedAt: moment(minutes: 100), [(moment(minutes: -1), .scheduled, "m")])
        events.insert(.maintenance(renamed), at: 30)
        let feed = Self.feed(events)
        let atom = try XMLTree.read(feed.atom())
        let later = (11..<60).reversed().map { "Incident \(100 + $0)" }
        #expect(atom["entry"].compactMap { $0.only("title") } == ["Maintenance 9"] + later)
        #expect(atom.only("updated") == moment(minutes: 100).rfc3339)
        #expect(atom["entry"].first?.only("updated") == moment(minutes: 100).rfc3339)
        #expect(atom["entry"].first?.only("published") == moment(minutes: -1).rfc3339)
        try expectAtom(feed.atom())
        let channel = try #require(XMLTree.read(feed.rss())["channel"].first)
        #expect(channel["item"].compactMap { $0.only("title") } == later + ["Maintenance 9"])
    }

    @Test("A sub-page's feed has its own name, id and addresses, and shows only its own components of an event")
    func subPage() throws {
        let page = StatusPage.sample([.component(11), .subPage(5, key: "uk", [.component(12)])])
        let subPage = try #require(page.structure.subPages.first)
        let scope = PageScope(page, pageURL: "https://status.example", subPage: subPage)
        let incident = Incident.reported(
            7, [(moment(), .identified, "m", [(11, .fullOutage), (12, .degradedPerformance)])])
        let feed = Self.feed([.incident(incident)], scope)
        let atom = try XMLTree.read(feed.atom())
        #expect(atom.only("id") == "urn:uuid:00000000-0000-0000-0000-000000000005")
        #expect(atom["link"].first?.attributes["href"] == "https://status.example/uk/feed.atom")
        let entry = try #require(atom["entry"].first)
        #expect(entry["link"].first?.attributes["href"] == "https://status.example/uk/incidents/\(incident.id)")
        #expect(entry.only("content")?.hasSuffix("<ul><li>Component 12 (Degraded performance)</li></ul>") == true)
        let channel = try #require(XMLTree.read(feed.rss())["channel"].first)
        #expect(channel.only("description") == "Incidents and maintenances of Sub-page 5")
    }

    @Test("Texts from users cannot change a feed's structure", arguments: hostileTexts)
    func hostile(_ given: String, _ shown: String) throws {
        var component = Structure.PlacedComponent.numbered(11)
        component.component.name = given
        let scope = PageScope.sample(name: given, description: given, [.component(component)])
        let incident = Incident.reported(7, name: given, [(moment(), .identified, given, [(11, .fullOutage)])])
        let feed = Self.feed([.incident(incident)], scope)

        let channel = try #require(XMLTree.read(feed.rss())["channel"].first)
        #expect(channel.only("title") == shown)
        #expect(channel.only("description") == shown)
        let item = try #require(channel["item"].first)
        #expect(item.only("title") == shown)
        let body = try #require(item.only("description"))
        try expectBody(body, affected: "\(shown) (Full outage)")

        let atom = try XMLTree.read(feed.atom())
        try expectAtom(feed.atom())
        #expect(atom.only("title") == shown)
        #expect(atom["author"].first?.only("name") == shown)
        #expect(atom["entry"].first?.only("title") == shown)
        #expect(atom["entry"].first?.only("content") == body)

        let json = try #require(JSONSerialization.jsonObject(with: Data(feed.json())) as? [String: Any])
        let items = try #require(json["items"] as? [[String: Any]])
        #expect(items.first?["title"] as? String == given)
        #expect(items.first?["content_html"] as? String == body)
    }

    /// Checks that a body is well-formed, and has the expected status and list of components.
    private func expectBody(_ body: String, affected: String) throws {
        let closed = body.replacing("<br>", with: "<br/>").replacing("<hr>", with: "<hr/>")
        let tree = try XMLTree.read(Array("<body>\(closed)</body>".utf8))
        #expect(tree["b"].map(\.text) == ["Status: Identified", "Affected components"])
        #expect(tree["p"].first?["strong"].first?.text == "Identified")
        #expect(tree["ul"].last?["li"].map(\.text) == [affected])
        #expect(tree["script"].isEmpty)
    }
}

/// Checks what RFC 4287 §4.1.1 and §4.1.2 require of a feed and its entries.
private func expectAtom(_ bytes: [UInt8]) throws {
    let feed = try XMLTree.read(bytes)
    #expect(feed.name == "feed" && feed.attributes["xmlns"] == "http://www.w3.org/2005/Atom")
    #expect(feed["author"].count == 1 && feed["author"].first?.only("name")?.isEmpty == false)
    for one in [feed] + feed["entry"] {
        #expect(one.only("id")?.wholeMatch(of: /urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/) != nil)
        #expect(one.only("title") != nil)
        #expect(one.only("updated").flatMap(Timestamp.init(rfc3339:)) != nil)
        #expect(one["link"].count { $0.attributes["rel"] == "alternate" } == 1)
        #expect(one["link"].allSatisfy { $0.attributes["href"]?.hasPrefix("https://") == true })
    }
    #expect(feed["link"].count { $0.attributes["rel"] == "self" } == 1)
    #expect(Set(feed["entry"].compactMap { $0.only("id") }).count == feed["entry"].count)
    #expect(feed["entry"].allSatisfy { $0["content"].count == 1 && $0["content"][0].attributes["type"] == "html" })
}
