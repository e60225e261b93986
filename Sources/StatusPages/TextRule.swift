/// How long a text may be, in Unicode scalars. White space alone counts as empty. U+0000 is not allowed.
public struct TextRule: Sendable {
    public static let name = TextRule(label: "The name", most: 200)
    public static let description = TextRule(label: "The description", most: 4096)
    public static let message = TextRule(label: "The message", most: 4096)
    public static let comments = TextRule(label: "The comments", most: 4096)
    public static let detail = TextRule(label: "The detail", most: 200)
    public static let idempotencyKey = TextRule(label: "The idempotency key", most: 255)

    let label: String
    public let most: Int

    /// The problem with a text, as a sentence; nil if it is valid.
    public func problem(_ text: String) -> String? { violation(text).map(sentence) }

    /// The same as a predicate, such as "must not be empty".
    public func brokenRule(_ text: String) -> String? { violation(text)?.rule }

    private func sentence(_ violation: Violation) -> String { "\(label) \(violation.rule)." }

    /// The fault of a required text; nil if it is valid.
    public func fault(_ text: String?, _ field: Fault.Field) -> Fault? {
        guard let text else { return Fault(.required, [.field(field)], "\(label) is required.") }
        return violation(text).map { Fault($0.code, [.field(field)], sentence($0)) }
    }

    /// Whether a text counts as empty.
    static func isBlank(_ text: String) -> Bool { text.unicodeScalars.allSatisfy(\.properties.isWhitespace) }

    /// The fault of an optional text; nil if it is valid. A blank text is valid, and removes the previous one.
    func fault(ofOptional text: String?, _ field: Fault.Field) -> Fault? {
        text.flatMap { Self.isBlank($0) ? nil : fault($0, field) }
    }

    private typealias Violation = (code: Fault.Code, rule: String)

    private func violation(_ text: String) -> Violation? {
        // A text has at least as many bytes as scalars, and its bytes can be counted without decoding.
        let count = text.utf8.count > most ? text.unicodeScalars.count : 0
        if count > most { return (.tooLong, "must have at most \(most) characters; got \(count)") }
        if Self.isBlank(text) {
            return (.tooShort, "must not be empty")
        }
        // SQLite ends a text at U+0000, so the rest would be lost.
        if text.utf8.contains(0) {
            return (.invalidValue, "must not contain the null character, U+0000")
        }
        return nil
    }
}
