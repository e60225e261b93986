import Markup
import StatusPages

@testable import PublicPages

extension SitePage {
    /// A page in English with the stream event `v1`.
    static func sample(
        _ page: StatusPage, incidents: [Incident] = [], maintenances: [Maintenance] = [], subPage: String? = nil,
        languages: [Texts] = [], isLanguageChosen: Bool = false, base: String = "/acme", version: String? = "v1"
    ) -> SitePage {
        let url = "https://status.example/acme"
        let state = PageState(
            page: page, url: url, createdAt: moment(), incidents: incidents, maintenances: maintenances)
        let part = page.structure.subPages.first { $0.key == subPage }
        return SitePage(
            ScopeState(state, PageScope(page, pageURL: url, subPage: part)), assets: SiteAssets(page.site),
            texts: .english, languages: languages, isLanguageChosen: isLanguageChosen, base: base, version: version)
    }

    func front(bars: [ULID: UptimeBar] = [:], past: [PageEvent] = []) -> String {
        frontPage(bars: bars, past: past).text
    }
}

extension UptimeBar {
    /// 90 days until 20 November 2026: operational except the given ones, counted back from today.
    static func sample(_ days: [Int: UptimeDay] = [:], percentage: String? = "99.94") -> UptimeBar {
        let today = 20_777
        return UptimeBar(
            days: (0..<UptimeBar.days).map { index in
                let day = today - UptimeBar.days + 1 + index
                let given = days[today - day]
                return UptimeDay(
                    day: day, status: given.map(\.status) ?? .operational, lengths: given?.lengths ?? [],
                    events: given?.events ?? [])
            },
            percentage: percentage)
    }
}

extension String {
    func count(of part: String) -> Int { ranges(of: part).count }

    /// The values of an attribute, in order.
    func values(of attribute: String) -> [String] {
        components(after: " \(attribute)=\"").map { String($0.prefix { $0 != "\"" }) }
    }

    /// The part from one text to the next occurrence of another; empty if the first does not occur.
    func part(from start: String, to end: String) -> String {
        guard let begin = firstRange(of: start) else { return "" }
        let rest = self[begin.upperBound...]
        return String(rest[..<(rest.firstRange(of: end)?.lowerBound ?? rest.endIndex)])
    }

    private func components(after part: String) -> [Substring] {
        ranges(of: part).map { self[$0.upperBound...] }
    }
}
