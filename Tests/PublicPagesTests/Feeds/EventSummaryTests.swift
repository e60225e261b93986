import Markup
import StatusPages
import Testing

@testable import PublicPages

@Suite("The body of an item in a feed")
struct EventSummaryTests {
    private static let scope = PageScope.sample([
        .component(11), .group(1, [.numbered(12)]), .group(2, isHidden: true, [.numbered(13)]), .component(14),
    ])

    @Test(
        "Affected components have the status that the event gives them now",
        arguments: [
            (
                PageEvent.incident(
                    .reported(7, [(moment(), .identified, "m", [(14, .fullOutage), (11, .partialOutage)])])),
                "<li>Component 11 (Partial outage)</li><li>Component 14 (Full outage)</li>"
            ),
            (
                .incident(
                    .reported(
                        7,
                        [
                            (moment(), .identified, "m", [(12, .fullOutage), (13, .fullOutage)]),
                            (moment(), .resolved, "m", [(12, .operational), (13, .operational)]),
                        ])), "<li>Component 12 (Operational)</li>"
            ),
            (
                .maintenance(.planned(7, components: [11, 12], [(moment(), .scheduled, "m")])),
                "<li>Component 11 (Operational)</li><li>Component 12 (Operational)</li>"
            ),
            (
                .maintenance(.planned(7, components: [11, 12, 13], open: [12, 13], [(moment(), .inProgress, "m")])),
                "<li>Component 11 (Operational)</li><li>Component 12 (Under maintenance)</li>"
            ),
            (
                .maintenance(.planned(7, components: [11], open: [11], [(moment(), .complete, "m")])),
                "<li>Component 11 (Operational)</li>"
            ),
        ])
    func affected(_ event: PageEvent, _ components: String) {
        let body = EventSummary(event, in: Self.scope).body.text
        #expect(body.hasSuffix("<b>Affected components</b><ul>\(components)</ul>"))
    }

    @Test("An event that names no visible component has no list of components")
    func unaffected() {
        let hidden = Incident.reported(7, [(moment(), .identified, "m", [(13, .fullOutage)])])
        #expect(!EventSummary(.incident(hidden), in: Self.scope).body.text.contains("Affected"))
    }

    @Test("Ten updates are shown, then a link", arguments: [(1, 1, false), (10, 10, false), (11, 10, true)])
    func updates(_ count: Int, _ shown: Int, _ hasLink: Bool) {
        let incident = Incident.reported(
            7, (0..<count).map { (moment(minutes: Int64($0)), .monitoring, "number \($0)", []) })
        let body = EventSummary(.incident(incident), in: Self.scope).body.text
        #expect(body.matches(of: /<small>/).count == shown)
        #expect(body.contains("number \(count - 1)</p>"))
        #expect(body.contains("number 0</p>") == !hasLink)
        let link = "<p><a href=\"https://status.example/acme/incidents/\(incident.id)\">All updates</a></p>"
        #expect(body.hasSuffix(link) == hasLink)
    }

    @Test(
        "The first strong text and the text after Status: are the current status, whatever the messages say",
        arguments: Incident.Status.allCases)
    func status(_ status: Incident.Status) {
        let incident = Incident.reported(
            7, [(moment(), .investigating, "**Status: Gone**", []), (moment(), status, "**Status: Gone**", [])])
        let body = EventSummary(.incident(incident), in: Self.scope).body.text
        #expect(body.firstMatch(of: /<strong>(.*?)<\/strong>/)?.1 == status.word[...])
        #expect(body.firstMatch(of: /Status: (\w+)/)?.1 == status.word[...])
    }
}

@Suite("Dates in documents")
struct DateTextTests {
    @Test(
        "Dates are written for readers, for RSS and for calendars",
        arguments: [
            (1_795_211_314_123, "20 Nov 2026, 21:48 UTC", "Fri, 20 Nov 2026 21:48:34 GMT", "20261120T214834Z"),
            (0, "1 Jan 1970, 00:00 UTC", "Thu, 01 Jan 1970 00:00:00 GMT", "19700101T000000Z"),
            (951_827_696_999, "29 Feb 2000, 12:34 UTC", "Tue, 29 Feb 2000 12:34:56 GMT", "20000229T123456Z"),
            (-1, "31 Dec 1969, 23:59 UTC", "Wed, 31 Dec 1969 23:59:59 GMT", "19691231T235959Z"),
            (-1_000, "31 Dec 1969, 23:59 UTC", "Wed, 31 Dec 1969 23:59:59 GMT", "19691231T235959Z"),
            (-62_135_596_800_000, "1 Jan 0001, 00:00 UTC", "Mon, 01 Jan 0001 00:00:00 GMT", "00010101T000000Z"),
            (253_402_300_799_999, "31 Dec 9999, 23:59 UTC", "Fri, 31 Dec 9999 23:59:59 GMT", "99991231T235959Z"),
        ] as [(Int64, String, String, String)])
    func dates(_ milliseconds: Int64, _ readable: String, _ rfc822: String, _ basic: String) {
        let time = Timestamp(milliseconds: milliseconds)
        #expect(time.readable == readable)
        #expect(time.rfc822 == rfc822)
        #expect(time.basic == basic)
    }
}
