import Foundation
import Markup
import StatusPages
import Testing

@testable import PublicPages

@Suite("Texts of the pages")
struct TextsTests {
    @Test("Each language has its own tag and words", arguments: Language.allCases)
    func tags(language: Language) {
        let texts = Texts.of(language)
        #expect(texts.locale == language.rawValue)
        #expect(texts.dates.months.count == 12 && texts.dates.shortMonths.count == 12)
        #expect(Set(texts.dates.months).count == 12 && Set(texts.dates.shortMonths).count == 12)
    }

    /// The texts that are the same in the language and in English.
    private static let shared: [Language: Set<String>] = [
        .de: ["status", "slack", "feeds"], .fr: ["navigation", "incident", "maintenance", "slack"],
        .es: ["slack", "googleCalendar"],
        .ptBR: ["status", "slack", "feeds"], .ja: ["slack", "separator"],
    ]

    @Test("No text is missing in a language", arguments: Language.allCases.filter { $0 != .en })
    func translated(language: Language) {
        let english = Self.words(of: Texts.english)
        let words = Self.words(of: Texts.of(language))
        #expect(words.keys.sorted() == english.keys.sorted())
        #expect(words.count > 70)
        let ignored = Self.shared[language, default: []].union(["days", "hours", "minutes", "separator"])
        for (name, text) in words {
            let last = String(name.split(separator: ".").last ?? "")
            #expect(!text.isEmpty || last == "separator", "\(name)")
            #expect(text.trimmingCharacters(in: .whitespaces) == text || name.hasPrefix("lengths."), "\(name)")
            if !ignored.contains(last) { #expect(text != english[name], "\(name) is not translated") }
        }
    }

    @Test("Each text contains all its arguments", arguments: Language.allCases)
    func complete(language: Language) {
        let texts = Texts.of(language)
        for text in Self.counted(texts) {
            for number in [1, 2, 5, 90] { #expect(text(number).contains("\(number)")) }
        }
        for text in Self.withText(texts) { #expect(text("<a>").contains("<a>")) }
        for text in Self.withMarkup(texts) { #expect(Self.source(text("<a>")).contains("<a>")) }
        let lasted = texts.uptime.lasted("<a>", "<b>")
        #expect(lasted.contains("<a>") && lasted.contains("<b>"))
        let span = Self.source(texts.events.between("<a>", "<b>"))
        #expect(span.contains("<a>") && span.contains("<b>"))
        // The rules for dates are in `LanguageRulesTests`.
        let dates = 3
        var functions = 0
        Self.walk(texts, "") { _, value in functions += "\(type(of: value))".contains("->") ? 1 : 0 }
        let checked = Self.counted(texts).count + Self.withText(texts).count + Self.withMarkup(texts).count + 2
        #expect(functions == checked + dates)
    }

    @Test("No text is unused")
    func used() throws {
        let room = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../Sources/PublicPages/Site").standardizedFileURL
        let files = try FileManager.default.contentsOfDirectory(at: room, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "swift" && $0.lastPathComponent != "Texts.swift" }
        #expect(files.count > 5)
        let source = try files.map { try String(contentsOf: $0, encoding: .utf8) }.joined()
        var names: [String] = []
        Self.walk(Texts.english, "") { name, _ in names.append(name) }
        for name in names {
            let parts = name.split(separator: ".")
            let uses =
                parts.count == 1
                ? ["texts.\(name)", "language.\(name)"] : [name] + ["words.\(parts[1])"]
            let isUsed = uses.contains { use in
                source.ranges(of: use).contains { range in
                    let next = source[range.upperBound...].unicodeScalars.first
                    return next.map { !$0.properties.isAlphabetic } ?? true
                }
            }
            #expect(isUsed, "\(name) is not used")
        }
    }

    // MARK: Walking through the texts

    private static func counted(_ texts: Texts) -> [CountedText] {
        [
            texts.componentCount, texts.uptime.daysAgo, texts.uptime.affectedDays, texts.events.moreComponents,
            texts.events.allUpdates, texts.events.earlierUpdates,
        ]
    }

    private static func withText(_ texts: Texts) -> [@Sendable (String) -> String] {
        [texts.uptime.percentage, texts.events.duration]
    }

    private static func withMarkup(_ texts: Texts) -> [@Sendable (HTML) -> HTML] {
        [texts.events.since, texts.events.worstImpact, texts.events.partOf]
    }

    private static func source(_ html: HTML) -> String { html.text }

    /// Calls `body` with the name and value of each text, such as `history.newer`.
    private static func walk(_ texts: Any, _ prefix: String, _ body: (String, Any) -> Void) {
        for child in Mirror(reflecting: texts).children {
            let name = prefix + (child.label ?? "")
            if !(child.value is String), Mirror(reflecting: child.value).displayStyle == .struct {
                walk(child.value, "\(name).", body)
            } else {
                body(name, child.value)
            }
        }
    }

    /// The texts by name. Texts with arguments get sample arguments.
    private static func words(of texts: Texts) -> [String: String] {
        var words: [String: String] = [:]
        walk(texts, "") { name, value in
            if let text = value as? String { words[name] = text }
        }
        for (index, text) in counted(texts).enumerated() { words["counted \(index)"] = text(3) }
        for (index, text) in withText(texts).enumerated() { words["with text \(index)"] = text("1.5") }
        for (index, text) in withMarkup(texts).enumerated() { words["with markup \(index)"] = source(text("x")) }
        return words
    }
}
