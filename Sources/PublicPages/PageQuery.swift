import HTTPServer
import HTTPTypes
import StatusPages

/// The parameters of a query that change public documents. Others change nothing.
struct PageQuery {
    /// The text of a badge.
    private(set) var label: String?
    private var language: String?
    private var page: String?

    /// - Parameter query: as it was sent, without the question mark. If a parameter is repeated, the first one counts.
    init(_ query: Substring?) {
        for parameter in (query ?? "").split(separator: "&") {
            let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            let value = PercentEncoding.decode(parts[1], plusIsSpace: true)
            switch parts[0] {
            case "label": label = label ?? value
            case "lang": language = language ?? value
            case "page": page = page ?? value ?? ""
            default: break
            }
        }
    }

    /// The form in which a reader gets a page.
    /// - Parameters:
    ///   - plain: the default form.
    ///   - isPaged: whether it has several pages. Otherwise the number in the query changes nothing.
    func form(
        _ plain: DocumentForm, isPaged: Bool = false, of page: StatusPage, _ request: Request
    ) -> DocumentForm {
        var form = plain
        if isPaged, let number = self.page { form.number = Self.number(number) }
        guard page.site.languages.count > 1 else { return form }
        let choice = LanguageChoice.choose(
            asked: language, accepted: request.head.headerFields[.acceptLanguage], among: page.site.languages)
        form.language = choice.language
        form.isLanguageChosen = choice.isAsked
        return form
    }

    /// A whole number from 1 to 99,999; 0 for anything else.
    private static func number(_ text: String) -> Int {
        guard text.utf8.count <= 5, text.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) else {
            return 0
        }
        return Int(text) ?? 0
    }
}
