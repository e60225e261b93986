/// The values for placeholders. A placeholder whose value is nil stays in the text.
public struct TemplateValues: Equatable, Sendable {
    /// `{page}`: the name of the page.
    public var page: String?
    /// `{components}`: the affected components.
    public var components: String?
    /// `{start}` and `{end}`: the window of a maintenance.
    public var start: String?
    public var end: String?
    /// `{duration}`: the length of the window.
    public var duration: String?
    /// `{time}`: the current time.
    public var time: String?

    public init(
        page: String? = nil, components: String? = nil, start: String? = nil, end: String? = nil,
        duration: String? = nil, time: String? = nil
    ) {
        self.page = page
        self.components = components
        self.start = start
        self.end = end
        self.duration = duration
        self.time = time
    }

    /// Names as a list in a sentence, such as `API, Login and Website`. Nil if there are none.
    public static func list(_ names: [String]) -> String? {
        guard let last = names.last else { return nil }
        let others = names.dropLast().joined(separator: ", ")
        return others.isEmpty ? last : "\(others) and \(last)"
    }

    /// A length of time in words, such as `1 hour 30 minutes`. Less than a minute is `0 minutes`.
    public static func words(minutes: Int) -> String {
        func part(_ number: Int, _ unit: String) -> String? {
            number == 0 ? nil : "\(number) \(unit)\(number == 1 ? "" : "s")"
        }
        let parts = [
            part(minutes / 1_440, "day"), part(minutes / 60 % 24, "hour"), part(minutes % 60, "minute"),
        ].compactMap(\.self)
        return parts.isEmpty ? "0 minutes" : parts.joined(separator: " ")
    }

    fileprivate func value(_ name: String) -> String? {
        switch name {
        case "page": page
        case "components": components
        case "start": start
        case "end": end
        case "duration": duration
        case "time": time
        default: nil
        }
    }
}

/// A text with placeholders in braces, such as `{page}`. `{?question}` asks the person who uses the template. Nothing
/// else has a meaning: there are no conditions and no code.
public struct TemplateText: Sendable {
    fileprivate enum Part {
        case text(String)
        case placeholder(String)
        case question(String, whole: String)
    }

    private let parts: [Part]

    // Compares scalars: to Swift, a brace before a combining character is another character.
    public init(_ text: String) {
        var parts: [Part] = []
        var rest = text.unicodeScalars[...]
        while let open = rest.firstIndex(of: "{") {
            let inside = rest[rest.index(after: open)...]
            guard let close = inside.firstIndex(where: { "{}\n\r".unicodeScalars.contains($0) }) else { break }
            if inside[close] != "}" {
                parts.append(.text(String(rest[..<close])))
                rest = rest[close...]
                continue
            }
            parts.append(.text(String(rest[..<open])))
            parts.append(Part(inside[..<close]))
            rest = rest[rest.index(after: close)...]
        }
        self.parts = parts + [.text(String(rest))]
    }

    /// The questions, each once, in order.
    public var questions: [String] {
        var seen: Set<String> = []
        return parts.compactMap { part in
            if case .question(let question, whole: _) = part, seen.insert(question).inserted { question } else { nil }
        }
    }

    /// The text with the values and the answers. A question that has no answer, or a blank one, stays in the text.
    /// Braces in values and answers have no meaning.
    public func filled(with values: TemplateValues, answers: [String: String] = [:]) -> String {
        parts.map { part in
            switch part {
            case .text(let text): text
            case .placeholder(let name): values.value(name) ?? "{\(name)}"
            case .question(let question, let whole):
                answers[question].flatMap { TextRule.isBlank($0) ? nil : $0 } ?? whole
            }
        }.joined()
    }

    /// The questions that have no answer.
    public func unanswered(_ answers: [String: String]) -> [String] {
        questions.filter { TextRule.isBlank(answers[$0] ?? "") }
    }
}

extension TemplateText.Part {
    /// - Parameter inside: what is between the braces.
    fileprivate init(_ inside: Substring.UnicodeScalarView) {
        let name = String(inside)
        var question = inside.dropFirst().drop(while: \.properties.isWhitespace)
        while question.last?.properties.isWhitespace == true { question.removeLast() }
        let isQuestion = inside.first == "?" && !question.isEmpty
        self = isQuestion ? .question(String(question), whole: "{\(name)}") : .placeholder(name)
    }
}
