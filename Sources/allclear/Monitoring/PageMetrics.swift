import StatusPages

/// The metrics of pages: what they show now.
enum PageMetrics {
    /// The status of each component on a page.
    private static func components(_ state: PageState) -> [ShownStatus] {
        let scope = ScopeState(state, PageScope(state.page, pageURL: state.url))
        return Set(state.page.structure.placements.map(\.component.id)).map(scope.status)
    }

    static func write(_ pages: [PageState], to text: inout MetricsText) {
        text.add("allclear_pages", .gauge, "Status pages served.", pages.count)
        write(pages, "allclear_incidents_ongoing", "Unresolved incidents, by page and status.", to: &text) {
            counts($0.incidents.map(\.status), of: Incident.Status.allCases.filter { $0 != .resolved })
        }
        write(
            pages, "allclear_maintenances_unfinished", "Unfinished maintenances, by page and status.",
            to: &text
        ) { counts($0.maintenances.map(\.status), of: [Maintenance.Status.scheduled, .inProgress]) }
        write(pages, "allclear_components", "Components shown on a page, by page and status.", to: &text) {
            counts(components($0), of: ShownStatus.allCases)
        }
    }

    private static func write(
        _ pages: [PageState], _ name: String, _ help: String, to text: inout MetricsText,
        _ counts: (PageState) -> [(status: String, count: Int)]
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
