import Markup
import StatusPages
import Testing

@testable import PublicPages

@Suite("Dates, lengths and numbers of each language")
struct LanguageRulesTests {
    private static let spaces = "\u{A0}"

    /// Non-breaking spaces as underscores, so that they can be seen.
    private func plain(_ text: String) -> String { text.replacing(Self.spaces, with: "_") }

    @Test(
        "Dates and months",
        arguments: [
            (.en, "20 Nov 2026, 21:48 UTC", "1 Mar 2026, 00:05 UTC", "November 2026"),
            (.de, "20. Nov. 2026, 21:48 UTC", "1. März 2026, 00:05 UTC", "November 2026"),
            (.fr, "20 nov. 2026, 21:48 UTC", "1er mars 2026, 00:05 UTC", "Novembre 2026"),
            (.es, "20 nov 2026, 21:48 UTC", "1 mar 2026, 00:05 UTC", "Noviembre de 2026"),
            (.ptBR, "20 de nov. de 2026, 21:48 UTC", "1º de mar. de 2026, 00:05 UTC", "Novembro de 2026"),
            (.ja, "2026年11月20日 21:48 UTC", "2026年3月1日 00:05 UTC", "2026年11月"),
        ] as [(Language, String, String, String)])
    func dates(language: Language, november: String, march: String, month: String) throws {
        let texts = Texts.of(language)
        let time = try #require(Timestamp(rfc3339: "2026-11-20T21:48:34.123Z"))
        let source = texts.time(time).text
        #expect(source == "<time datetime=\"2026-11-20T21:48:34.123Z\">\(november)</time>")
        let other = texts.time(try #require(Timestamp(rfc3339: "2026-03-01T00:05:00Z")))
        #expect(other.text.contains(">\(march)<"))
        #expect(texts.month(CalendarMonth(of: time)) == month)
    }

    @Test(
        "Lengths have the two largest units",
        arguments: [
            (.en, "1 d 2 h", "2 h 5 min", "less than 1 min"),
            (.de, "1_Tg. 2_Std.", "2_Std. 5_Min.", "weniger als 1_Min."),
            (.fr, "1_j 2_h", "2_h 5_min", "moins d’1_min"), (.es, "1_d 2_h", "2_h 5_min", "menos de 1_min"),
            (.ptBR, "1_d 2_h", "2_h 5_min", "menos de 1_min"), (.ja, "1日2時間", "2時間5分", "1分未満"),
        ] as [(Language, String, String, String)])
    func lengths(language: Language, day: String, hours: String, nothing: String) {
        let texts = Texts.of(language)
        #expect(plain(texts.length(milliseconds: (26 * 60 + 3) * 60_000)) == day)
        #expect(plain(texts.length(milliseconds: 125 * 60_000 + 59_999)) == hours)
        #expect(plain(texts.length(milliseconds: 59_999)) == nothing)
    }

    @Test(
        "Numbers choose the form of a text",
        arguments: [
            (.en, "1 day with problems", "2 days with problems", "1 component"),
            (.de, "1 Tag mit Problemen", "2 Tage mit Problemen", "1 Komponente"),
            (.fr, "1 jour avec des problèmes", "2 jours avec des problèmes", "1 composant"),
            (.es, "1 día con problemas", "2 días con problemas", "1 componente"),
            (.ptBR, "1 dia com problemas", "2 dias com problemas", "1 componente"),
            (.ja, "問題のあった日: 1日", "問題のあった日: 2日", "コンポーネント1件"),
        ] as [(Language, String, String, String)])
    func plurals(language: Language, one: String, two: String, component: String) {
        let texts = Texts.of(language)
        #expect(texts.uptime.affectedDays(1) == one)
        #expect(texts.uptime.affectedDays(2) == two)
        #expect(texts.componentCount(1) == component)
        #expect(texts.componentCount(2) != texts.componentCount(1))
    }

    @Test("In French and Portuguese, zero is singular")
    func zero() {
        #expect(Texts.of(.fr).componentCount(0) == "0 composant")
        #expect(Texts.of(.ptBR).componentCount(0) == "0 componente")
        #expect(Texts.of(.de).componentCount(0) == "0 Komponenten")
    }

    @Test(
        "Percentages have the language's decimal sign",
        arguments: [
            (.en, "99.94% uptime"), (.de, "99,94_% verfügbar"), (.fr, "99,94_% de disponibilité"),
            (.es, "99,94_% de disponibilidad"), (.ptBR, "99,94% de disponibilidade"), (.ja, "稼働率 99.94%"),
        ] as [(Language, String)])
    func percentages(language: Language, text: String) {
        #expect(plain(Texts.of(language).uptime.percentage("99.94")) == text)
    }
}
