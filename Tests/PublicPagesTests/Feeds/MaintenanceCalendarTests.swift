import StatusPages
import Testing

@testable import PublicPages

@Suite("Calendars")
struct MaintenanceCalendarTests {
    private static let scope = PageScope.sample([.component(11), .component(12)])

    private static func read(_ maintenances: [Maintenance], _ scope: PageScope = scope) throws
        -> CalendarReading.Component
    {
        try CalendarReading(MaintenanceCalendar(scope, maintenances).bytes()).calendar
    }

    @Test("A calendar with a maintenance")
    func whole() {
        let maintenance = Maintenance.planned(
            9, name: "New disks, new cables", revisedAt: moment(minutes: 2, milliseconds: 900),
            components: [11, 12], open: [12],
            [(moment(), .scheduled, "Soon."), (moment(minutes: 1), .inProgress, "We *began*; see\nhttps://a.example.")])
        let lines = """
            BEGIN:VCALENDAR
            VERSION:2.0
            PRODID:-//Allclear//Allclear//EN
            CALSCALE:GREGORIAN
            NAME:Page acme
            X-WR-CALNAME:Page acme
            REFRESH-INTERVAL;VALUE=DURATION:PT1H
            X-PUBLISHED-TTL:PT1H
            URL:https://status.example/acme
            BEGIN:VEVENT
            UID:00000000-0000-0000-0000-000000000009
            DTSTAMP:20261120T215035Z
            LAST-MODIFIED:20261120T215035Z
            CREATED:20261120T214834Z
            SEQUENCE:121
            DTSTART:20261120T224834Z
            DTEND:20261120T234834Z
            SUMMARY:New disks\\, new cables
            DESCRIPTION:Status: In progress\\n\\nWe began\\; see\\nhttps://a.example.\\n\\nAf
             fected components:\\n- Component 11 (Operational)\\n- Component 12 (Under ma
             intenance)\\n\\nhttps://status.example/acme/maintenances/0000000000000000000
             0000009
            URL:https://status.example/acme/maintenances/00000000000000000000000009
            STATUS:CONFIRMED
            TRANSP:TRANSPARENT
            CATEGORIES:MAINTENANCE
            END:VEVENT
            END:VCALENDAR

            """
        let bytes = MaintenanceCalendar(Self.scope, [maintenance]).bytes()
        #expect(String(decoding: bytes, as: UTF8.self) == lines.replacing("\n", with: "\r\n"))
    }

    @Test("A calendar without maintenances has a time zone, because it must have a component")
    func empty() throws {
        let calendar = try Self.read([])
        #expect(calendar.components.map(\.name) == ["VTIMEZONE"])
        #expect(calendar.components[0]["TZID"] == "Etc/UTC")
        #expect(calendar.components[0].components.map(\.name) == ["STANDARD"])
    }

    @Test("Every maintenance is a separate event, in the order of their starts")
    func several() throws {
        let maintenances = [3, 1, 2].map { hour in
            Maintenance.planned(
                UInt64(hour), start: moment(minutes: Int64(hour) * 60), end: moment(minutes: 600),
                [(moment(), .scheduled, "m")])
        }
        let events = try Self.read(maintenances).components
        #expect(events.map { $0["SUMMARY"] } == ["Maintenance 1", "Maintenance 2", "Maintenance 3"])
        #expect(Set(events.map { $0["UID"] }).count == 3)
    }

    @Test(
        "An event ends with its window, or when the maintenance was completed within it",
        arguments: [
            ([(60, .inProgress)], "20261120T234834Z"), ([(90, .complete)], "20261120T231834Z"),
            ([(90, .complete), (95, .complete)], "20261120T231834Z"), ([(200, .complete)], "20261120T234834Z"),
            ([(30, .complete)], "20261120T234834Z"), ([(60, .complete)], "20261120T234834Z"),
            ([(80, .complete), (90, .inProgress)], "20261120T234834Z"),
            ([(80, .complete), (90, .inProgress), (100, .complete)], "20261120T232834Z"),
        ] as [([(Int64, Maintenance.Status)], String)])
    func end(_ updates: [(Int64, Maintenance.Status)], _ end: String) throws {
        let maintenance = Maintenance.planned(
            9, [(moment(), .scheduled, "m")] + updates.map { (moment(minutes: $0.0), $0.1, "m") })
        #expect(try Self.read([maintenance]).components.first?["DTEND"] == end)
    }

    @Test("An event lasts at least a second, because its end must be later than its start")
    func short() throws {
        let start = moment(milliseconds: -123)
        let maintenance = Maintenance.planned(
            9, start: start, end: start.advanced(byMilliseconds: 1), [(moment(), .scheduled, "m")])
        let event = try #require(Self.read([maintenance]).components.first)
        #expect(event["DTSTART"] == "20261120T214834Z")
        #expect(event["DTEND"] == "20261120T214835Z")
    }

    @Test(
        "Texts from users cannot change a calendar's structure",
        arguments: hostileTexts.map(\.given) + [
            "a\r\nEND:VEVENT\rb\n\nc", "BEGIN:VALARM", String(repeating: "\u{301}", count: 200),
            String(repeating: "\\", count: 200), String(repeating: "é", count: 100), "\u{2028}\u{2029}",
        ])
    func hostile(_ given: String) throws {
        var component = Structure.PlacedComponent.numbered(11)
        component.component.name = given
        let scope = PageScope.sample(name: given, [.component(component)])
        let maintenance = Maintenance.planned(
            9, name: given, components: [11], [(moment(), .scheduled, "```\n\(given)\n```")])
        let calendar = try Self.read([maintenance], scope)
        #expect(calendar.components.map(\.name) == ["VEVENT"])
        let event = try #require(calendar.components.first)
        #expect(event.components.isEmpty && event.properties.count == 13)
        let removed = [0x01, 0x0B, 0x7F, 0x85, 0xFFFE].compactMap(Unicode.Scalar.init)
        let text = given.replacing("\r\n", with: "\n").replacing("\r", with: "\n")
        let shown = String(String.UnicodeScalarView(text.unicodeScalars.filter { !removed.contains($0) }))
        for name in ["NAME", "X-WR-CALNAME"] { #expect(scalars(calendar.text(name)) == scalars(shown)) }
        #expect(scalars(event.text("SUMMARY")) == scalars(shown))
        let description = try #require(event.text("DESCRIPTION"))
        #expect(description.hasPrefix("Status: Scheduled\n\n"))
        #expect(description.contains("Affected components:\n- \(shown) (Operational)\n\nhttps://"))
    }

    @Test("Lines are folded between characters at every length", arguments: ["a", "é", "€", "🚒"])
    func folding(_ character: String) throws {
        for count in 0..<160 {
            let name = String(repeating: "x", count: count % 7) + String(repeating: character, count: count)
            let maintenance = Maintenance.planned(9, name: name, [(moment(), .scheduled, "m")])
            #expect(try Self.read([maintenance]).components.first?.text("SUMMARY") == name)
        }
    }

    /// Compares characters one by one, because Swift treats some different texts as equal.
    private func scalars(_ text: String?) -> [Unicode.Scalar]? { text.map { Array($0.unicodeScalars) } }
}
