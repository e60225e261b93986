import StatusPages

@testable import PublicPages

/// 20 November 2026, 21:48:34.123 UTC, and minutes after it.
func moment(minutes: Int64 = 0, milliseconds: Int64 = 0) -> Timestamp {
    Timestamp(milliseconds: 1_795_211_314_123 + minutes * 60_000 + milliseconds)
}

extension Incident {
    /// An incident with these updates.
    static func reported(
        _ number: UInt64, name: String? = nil,
        _ updates: [(at: Timestamp, status: Status, message: String, components: [(UInt64, ComponentStatus)])]
    ) -> Incident {
        Incident(
            id: makeID(number), pageID: makeID(1), name: name ?? "Incident \(number)",
            publishedAt: updates.first?.at ?? moment(), status: updates.last?.status ?? .investigating,
            updates: updates.map { update in
                IncidentUpdate(
                    id: makeID(number * 100), publishedAt: update.at, message: update.message, status: update.status,
                    componentStatuses: update.components.map {
                        ComponentStatusChange(componentID: makeID($0.0), status: $0.1)
                    },
                    notifiesSubscribers: false)
            })
    }

    /// An incident with one update.
    static func reported(_ number: UInt64, name: String? = nil, at time: Timestamp, message: String = "m") -> Incident {
        .reported(number, name: name, [(time, .investigating, message, [])])
    }
}

extension Maintenance {
    /// A maintenance of some components, with a window that begins an hour after the first update and lasts for an
    /// hour.
    /// - Parameter open: the components that are under maintenance now.
    static func planned(
        _ number: UInt64, name: String? = nil, start: Timestamp = moment(minutes: 60),
        end: Timestamp = moment(minutes: 120), revisedAt: Timestamp? = nil, components: [UInt64] = [],
        open: [UInt64] = [], _ updates: [(at: Timestamp, status: Status, message: String)]
    ) -> Maintenance {
        Maintenance(
            id: makeID(number), pageID: makeID(1), name: name ?? "Maintenance \(number)",
            publishedAt: updates.first?.at ?? moment(), revisedAt: revisedAt,
            status: updates.last?.status ?? .scheduled, window: Window(startAt: start, endAt: end),
            isAutomated: false,
            updates: updates.enumerated().map { index, update in
                MaintenanceUpdate(
                    id: makeID(number * 100), publishedAt: update.at, message: update.message, status: update.status,
                    componentStatuses: (index == 0 ? components : []).map {
                        MaintenanceComponentChange(componentID: makeID($0), status: .operational)
                    },
                    notifiesSubscribers: false)
            },
            periods: open.map { MaintenancePeriod(componentID: makeID($0), startAt: start, endAt: end, isOpen: true) })
    }
}

extension PageScope {
    /// A page at `https://status.example/acme`.
    static func sample(
        name: String = "Page acme", description: String? = nil, _ items: [Structure.Item] = []
    ) -> PageScope {
        var page = StatusPage.sample(items)
        page.name = name
        page.description = description
        return PageScope(page, pageURL: "https://status.example/acme")
    }
}

/// Texts that break a document unless they are escaped, each with the text that an XML reader shows.
let hostileTexts: [(given: String, shown: String)] = [
    ("a]]>b", "a]]>b"), ("<![CDATA[a]]>", "<![CDATA[a]]>"), ("</title></item>&amp;&lt;", "</title></item>&amp;&lt;"),
    ("\"\u{301}'\u{301}&\u{301}<\u{301}>\u{301}", "\"\u{301}'\u{301}&\u{301}<\u{301}>\u{301}"),
    ("a\u{1}b\u{B}c\u{7F}d\u{85}e\u{FFFE}", "a\u{FFFD}b\u{FFFD}c\u{FFFD}d\u{FFFD}e\u{FFFD}"),
    ("\u{202E}abc\u{2066}", "\u{202E}abc\u{2066}"), ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    (String(repeating: "👩🏽‍🚒", count: 1_024), String(repeating: "👩🏽‍🚒", count: 1_024)),
    ("a;b,c\\n:d", "a;b,c\\n:d"), ("tab\tand\nline", "tab\tand\nline"),
]
