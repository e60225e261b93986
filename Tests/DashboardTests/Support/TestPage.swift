import Foundation
import HTTPServer
import HTTPTypes

/// An answer as people see it.
struct TestPage: CustomStringConvertible {
    let status: Int
    let fields: HTTPFields
    let html: String

    init(_ response: Response) {
        status = response.head.status.code
        fields = response.head.headerFields
        html = String(decoding: response.body, as: UTF8.self)
    }

    var description: String { "\(status) \(location ?? "") \(html)" }

    /// The address that a redirect leads to.
    var location: String? { fields[.location] }
    /// The text of the heading.
    var heading: String? { texts(of: "h1").first }
    /// The text of the message above the screen.
    var notice: String? { first(#"<p class="notice" role="status">(.*?)</p>"#) }
    /// The problems in the summary.
    var faults: [String] {
        guard let list = first(#"(?s)<div class="faults".*?<ul>(.*?)</ul>"#) else { return [] }
        return Self.all(#"(?s)<li>(.*?)</li>"#, in: list).map(Self.text)
    }

    /// The texts of all elements with a name, without markup.
    func texts(of element: String) -> [String] {
        Self.all("(?s)<\(element)(?: [^>]*)?>(.*?)</\(element)>", in: html).map(Self.text)
    }

    /// The value of the first field with a name.
    func value(of field: String) -> String? {
        let inputs = Self.all("(<input [^>]*>)", in: html).filter { $0.contains(" name=\"\(field)\"") }
        return inputs.first.flatMap(Self.value)
    }

    /// The fields of the form that goes to a path, as a browser would send them; nil without such a form.
    func form(_ path: String) -> [(String, String)]? {
        let opening = "(?s)<form method=\"post\" action=\"\(NSRegularExpression.escapedPattern(for: path))\"[^>]*>"
        guard let form = Self.all("\(opening)(.*?)</form>", in: html).first else { return nil }
        var fields: [(String, String)] = []
        for input in Self.all("(<input [^>]*>)", in: form) {
            guard let name = Self.attribute("name", of: input) else { continue }
            let isChoice = input.contains("type=\"checkbox\"") || input.contains("type=\"radio\"")
            if isChoice, !input.contains(" checked") { continue }
            fields.append((name, Self.value(of: input) ?? ""))
        }
        for area in Self.all("(?s)(<textarea [^>]*>\n?.*?</textarea>)", in: form) {
            guard let name = Self.attribute("name", of: area) else { continue }
            fields.append((name, Self.all("(?s)<textarea [^>]*>\n?(.*?)</textarea>", in: area).map(Self.decoded)[0]))
        }
        for select in Self.all("(?s)(<select [^>]*>.*?</select>)", in: form) {
            guard let name = Self.attribute("name", of: select) else { continue }
            let options = Self.all("(<option [^>]*>)", in: select)
            let chosen = options.first { $0.contains(" selected") } ?? options.first
            if let value = chosen.flatMap(Self.value) { fields.append((name, value)) }
        }
        return fields
    }

    /// The first match of a pattern's group.
    func first(_ pattern: String) -> String? { Self.all(pattern, in: html).first.map(Self.decoded) }

    private static func value(of input: String) -> String? { attribute("value", of: input) }

    private static func attribute(_ name: String, of tag: String) -> String? {
        all(" \(name)=\"([^\"]*)\"", in: tag).first.map(decoded)
    }

    private static func all(_ pattern: String, in text: String) -> [String] {
        guard let expression = try? NSRegularExpression(pattern: pattern) else { return [] }
        let whole = NSRange(text.startIndex..., in: text)
        return expression.matches(in: text, range: whole).compactMap { match in
            Range(match.range(at: 1), in: text).map { String(text[$0]) }
        }
    }

    private static func text(_ markup: String) -> String {
        decoded(markup.replacingOccurrences(of: "<[^>]*>", with: "", options: .regularExpression))
            .split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    private static func decoded(_ markup: String) -> String {
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")].reduce(markup) {
            $0.replacingOccurrences(of: $1.0, with: $1.1)
        }
    }
}
