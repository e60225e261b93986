import StatusPages

/// Chooses the language of a page for a reader.
enum LanguageChoice {
    /// - Parameters:
    ///   - asked: the value of `lang` in the query. It counts only if the page has exactly this language.
    ///   - accepted: the value of Accept-Language.
    ///   - languages: those of the page, the default first; at least one.
    /// - Returns: the language, and whether the query chose it.
    static func choose(
        asked: String?, accepted: String?, among languages: [Language]
    ) -> (language: Language, isAsked: Bool) {
        if let asked, let language = languages.first(where: { $0.rawValue.lowercased() == asked.lowercased() }) {
            return (language, true)
        }
        let language = accepted.flatMap { lookUp($0, among: languages) } ?? languages.first ?? .en
        return (language, false)
    }

    /// The language for the header field Accept-Language (RFC 9110 §12.5.4), by lookup (RFC 4647 §3.4). It tries the
    /// ranges in the order of their weights, and shortens each until a language matches. A range may also be shorter
    /// than a language's tag: `pt` and `pt-PT` match `pt-BR`.
    private static func lookUp(_ field: String, among languages: [Language]) -> Language? {
        // Clients send a few ranges. A longer field is ignored, because it would only take time.
        let ranges = field.utf8.count > 1_000 ? [] : field.split(separator: ",").compactMap(WeightedRange.init)
        let wanted = ranges.enumerated().filter { $0.element.weight > 0 }
            .sorted { ($1.element.weight, $0.offset) < ($0.element.weight, $1.offset) }
        // Ranges that are refused, such as the first of "de;q=0, *".
        let refused = Set(ranges.filter { $0.weight == 0 }.map(\.tag))
        let offered = languages.filter { !refused.contains($0.rawValue.lowercased()) }
        for (_, range) in wanted {
            // By itself, "*" says nothing about a language, so the default is as good as any.
            if range.tag == "*" { return offered.first }
            if let language = match(range.tag, among: offered) { return language }
        }
        return refused.isEmpty ? nil : offered.first
    }

    private static func match(_ tag: String, among languages: [Language]) -> Language? {
        var subtags = tag.split(separator: "-", omittingEmptySubsequences: false)
        while !subtags.isEmpty {
            let shorter = subtags.joined(separator: "-")
            if let language = languages.first(where: { $0.rawValue.lowercased() == shorter }) { return language }
            subtags.removeLast()
            // A single letter or digit begins an extension, which is dropped with it.
            if subtags.last?.count == 1 { subtags.removeLast() }
        }
        let primary = tag.prefix { $0 != "-" }
        return languages.first { $0.rawValue.prefix { $0 != "-" }.lowercased() == primary }
    }

    /// A range of languages with its weight in thousandths.
    private struct WeightedRange {
        /// In lower case.
        let tag: String
        let weight: Int

        /// Nil if the text is not a range.
        init?(_ text: Substring) {
            let parts = text.split(separator: ";", omittingEmptySubsequences: false).map { part in
                part.trimmingPrefix { $0 == " " || $0 == "\t" }.lowercased().split { $0 == " " || $0 == "\t" }
            }
            guard let tag = parts.first?.first, parts[0].count == 1, parts.count <= 2,
                tag == "*" || tag.utf8.allSatisfy({ Self.isLetterDigitOrHyphen($0) })
            else { return nil }
            self.tag = String(tag)
            guard parts.count == 2 else {
                weight = 1_000
                return
            }
            guard let parameter = parts[1].first, parts[1].count == 1, parameter.hasPrefix("q="),
                let weight = Self.thousandths(parameter.dropFirst(2))
            else { return nil }
            self.weight = weight
        }

        private static func isLetterDigitOrHyphen(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
            default: false
            }
        }

        /// A weight such as `0.8` (RFC 9110 §12.4.2).
        private static func thousandths(_ text: Substring) -> Int? {
            let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
            guard let whole = parts.first, whole == "0" || whole == "1" else { return nil }
            let fraction = parts.count == 2 ? parts[1] : ""
            guard fraction.utf8.count <= 3,
                fraction.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") })
            else { return nil }
            let padded = fraction + String(repeating: "0", count: 3 - fraction.utf8.count)
            let weight = (whole == "1" ? 1_000 : 0) + (Int(padded) ?? 0)
            return weight <= 1_000 ? weight : nil
        }
    }
}
