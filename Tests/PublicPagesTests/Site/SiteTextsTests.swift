import StatusPages
import Testing

@testable import PublicPages

@Suite("Dates, lengths and colours of pages")
struct SiteTextsTests {
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

    @Test(
        "A colour is six hexadecimal digits",
        arguments: [
            ("#0a62c9", "#0a62c9"), ("#0A62C9", "#0a62c9"), ("#000000", "#000000"), ("0a62c9", nil), ("#0a62c", nil),
            ("#+a62c9", nil), ("#0a62cg", nil), ("#0a62c9;", nil), ("", nil),
        ])
    func colour(_ text: String, _ hexadecimal: String?) { #expect(Colour(text)?.hexadecimal == hexadecimal) }

    @Test("Contrast is WCAG's", arguments: [("#000000", 21.0), ("#ffffff", 1.0), ("#767676", 4.54), ("#1a7f37", 5.08)])
    func contrast(_ text: String, _ ratio: Double) throws {
        let contrast = try #require(Colour(text)).contrast(to: .lightPage)
        #expect(abs(contrast - ratio) < 0.01)
    }

    @Test("The accent is set for each scheme, and the light one never on dark")
    func accent() {
        var settings = SiteSettings()
        #expect(settings.style.isEmpty)
        settings.accent.light = Colour("#123456")
        let style = String(decoding: settings.style, as: UTF8.self)
        #expect(style.hasPrefix(":root{--accent:#123456}@media screen and (prefers-color-scheme:dark)"))
        #expect(style.count(of: "--accent:#6cb0ff") == 2)
    }
}
