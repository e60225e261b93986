import Accounts
import Publishing
import StatusPages
import Storage
import Testing

@testable import Dashboard

/// Screens of pages with many components, and of events with many updates.
@Suite("Long screens")
struct LongScreenTests {
    /// A page with this many components in each of two groups.
    private static func page(_ count: Int) -> PageDeclaration {
        PageDeclaration(
            slug: "acme", name: "Acme",
            items: ["EU", "US"].map { name in
                .group(
                    PageDeclaration.Group(
                        key: name.lowercased(), name: name,
                        components: (0..<count).map {
                            PageDeclaration.Component(key: "\(name.lowercased())-\($0)", name: "\(name) \($0)")
                        }))
            })
    }

    @Test(
        "Long lists of components are folded by group, and a group with a chosen component is open",
        arguments: [(5, [] as [String]), (15, ["EU (15)", "US (15)"])])
    func components(_ count: Int, _ summaries: [String]) throws {
        let test = try TestDashboard(pages: [Self.page(count)])
        let browser = try test.browser(.publisher)
        let form = try browser.get("\(TestDashboard.incidents)/new")
        #expect(form.texts(of: "summary").filter { $0.hasPrefix("EU") || $0.hasPrefix("US") } == summaries)
        #expect(form.texts(of: "label").contains("US › US 3"))
        let chosen = try test.component("US 3")
        // The name is missing, so the form comes back.
        let again = try browser.submit(form, to: "\(TestDashboard.incidents)/review", [chosen: "full_outage"])
        #expect(again.status == 422)
        #expect(again.html.contains("<details open><summary><span dir=\"auto\">US</span>") == !summaries.isEmpty)
        #expect(!again.html.contains("<details open><summary><span dir=\"auto\">EU</span>"))
    }

    @Test(
        "If there are many updates, the earlier ones are folded",
        arguments: [(10, nil), (11, "1 earlier update"), (13, "3 earlier updates")])
    func updates(_ count: Int, _ summary: String?) throws {
        let test = try TestDashboard(pages: [Self.page(1)])
        let browser = try test.browser(.publisher)
        let form = try browser.get("\(TestDashboard.incidents)/new")
        let review = try browser.submit(
            form, to: "\(TestDashboard.incidents)/review", ["name": "Long", "message": "Message 1"])
        _ = try browser.submit(review, to: TestDashboard.incidents)
        let id = try #require(try test.incidents().first?.id)
        for number in 2...count {
            try test.store.write(as: .clock) { transaction in
                _ = try test.publishing.publish(
                    IncidentPublication(
                        message: "Message \(number)", status: nil, componentStatuses: nil, notifiesSubscribers: false),
                    to: id, in: transaction)
            }
        }
        let screen = try browser.get("\(TestDashboard.incidents)/\(id)")
        #expect(screen.texts(of: "summary").filter { $0.contains("earlier") } == [summary].compactMap(\.self))
        let shown = try #require(screen.html.firstRange(of: "Message \(count)<"))
        let oldest = try #require(screen.html.firstRange(of: "Message 1<"))
        #expect(shown.lowerBound < oldest.lowerBound)
    }
}
