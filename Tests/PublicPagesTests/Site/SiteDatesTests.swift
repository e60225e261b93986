import StatusPages
import Testing

@testable import PublicPages

@Suite("Months and lengths of pages")
struct SiteDatesTests {
    @Test(
        "A length has its two largest units",
        arguments: [
            (0, "less than 1 min"), (59_999, "less than 1 min"), (60_000, "1 min"), (3_600_000, "1 h"),
            (3_660_000, "1 h 1 min"), (86_400_000, "1 d"), (86_460_000, "1 d"), (90_060_000, "1 d 1 h"),
            (8_640_000_000, "100 d"), (-1, "less than 1 min"),
        ] as [(Int64, String)])
    func length(_ milliseconds: Int64, _ text: String) {
        #expect(Texts.english.length(milliseconds: milliseconds) == text)
    }

    @Test(
        "Pages of the history have three months",
        arguments: [
            (1, "2026-01-31T23:59:59Z", ["2026-01", "2025-12", "2025-11"]),
            (2, "2026-01-01T00:00:00Z", ["2025-10", "2025-09", "2025-08"]), (0, "2026-01-01T00:00:00Z", []),
            (-1, "2026-01-01T00:00:00Z", []), (Int.max, "2026-01-01T00:00:00Z", []),
        ])
    func months(_ page: Int, _ now: String, _ ids: [String]) throws {
        let now = try #require(Timestamp(rfc3339: now))
        #expect(CalendarMonth.page(page, at: now).map(\.id) == ids)
    }

    @Test("A month begins at midnight UTC of its first day")
    func monthStart() {
        #expect(CalendarMonth(of: moment()).start == Timestamp(rfc3339: "2026-11-01T00:00:00Z"))
    }
}
