import PublicPages
import StatusPages

/// A page and its current events, as its widget shows them.
struct PageNow: Sendable {
    let page: StatusPage
    let events: PageEvents

    /// The status of a component as the page shows it.
    private enum Status: String, CaseIterable, Comparable {
        case operational
        case underMaintenance = "under_maintenance"
        case degradedPerformance = "degraded_performance"
        case partialOutage = "partial_outage"
        case fullOutage = "full_outage"

        static func < (one: Status, other: Status) -> Bool {
            (allCases.firstIndex(of: one) ?? 0) < (allCases.firstIndex(of: other) ?? 0)
        }
    }

    /// For each component, the worst status that its events give it.
    private var components: [ID<Component>: Status] {
        var statuses = Dictionary(
            page.structure.placements.map { ($0.component.id, Status.operational) }, uniquingKeysWith: { one, _ in one }
        )
        func note(_ status: Status?, of component: ID<Component>) {
            guard let status, let known = statuses[component] else { return }
            statuses[component] = max(known, status)
        }
        for maintenance in events.maintenances where maintenance.status == .inProgress {
            for period in maintenance.periods where period.isOpen { note(.underMaintenance, of: period.componentID) }
        }
        for change in events.incidents.flatMap(\.timeline.current) {
            note(Status(rawValue: change.status.rawValue), of: change.componentID)
        }
        return statuses
    }

    static func write(_ pages: [PageNow], to text: inout MetricsText) {
        text.add("allclear_pages", .gauge, "Status pages served.", pages.count)
        write(pages, "allclear_incidents_ongoing", "Unresolved incidents, by page and status.", to: &text) {
            counts($0.events.incidents.map(\.status), of: Incident.Status.allCases.filter { $0 != .resolved })
        }
        write(
            pages, "allclear_maintenances_unfinished", "Unfinished maintenances, by page and status.",
            to: &text
        ) { counts($0.events.maintenances.map(\.status), of: [Maintenance.Status.scheduled, .inProgress]) }
        write(pages, "allclear_components", "Components shown on a page, by page and status.", to: &text) {
            counts(Array($0.components.values), of: Status.allCases)
        }
    }

    private static func write(
        _ pages: [PageNow], _ name: String, _ help: String, to text: inout MetricsText,
        _ counts: (PageNow) -> [(status: String, count: Int)]
    ) {
        text.describe(name, "gauge", help)
        for page in pages {
            for (status, count) in counts(page) {
                text.sample(name, ["page": page.page.slug, "status": status], count)
            }
        }
    }

    private static func counts<Value: RawRepresentable<String> & Hashable>(
        _ values: [Value], of all: [Value]
    ) -> [(status: String, count: Int)] {
        let counts = Dictionary(values.map { ($0, 1) }, uniquingKeysWith: +)
        return all.map { ($0.rawValue, counts[$0] ?? 0) }
    }
}
