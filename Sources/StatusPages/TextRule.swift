/// How long a text may be, in Unicode scalars. Text of white space only counts as empty, and U+0000 is not
/// allowed.
public struct TextRule: Sendable {
    public static let name = TextRule(label: "The name", most: 200)
    public static let description = TextRule(label: "The description", most: 4096)
    public static let message = TextRule(label: "The message", most: 4096)
    public static let comments = TextRule(label: "The comments", most: 4096)
    public static let idempotencyKey = TextRule(label: "The idempotency key", most: 255)

    let label: String
    public let most: Int

    /// What is wrong with a text, in a sentence; nil if nothing is.
    public func problem(_ text: String) -> String? { violation(text).map(sentence) }

    /// The same as a predicate, such as "must not be empty".
    public func brokenRule(_ text: String) -> String? { violation(text)?.rule }

    private func sentence(_ violation: Violation) -> String { "\(label) \(violation.rule)." }

    /// What is wrong with a text that has to be there, if anything.
    func fault(_ text: String?, _ field: Fault.Field) -> Fault? {
        guard let text else { return Fault(.required, [.field(field)], "\(label) is required.") }
        return violation(text).map { Fault($0.code, [.field(field)], sentence($0)) }
    }

    /// Whether a text counts as empty.
    static func isBlank(_ text: String) -> Bool { text.unicodeScalars.allSatisfy(\.properties.isWhitespace) }

    /// What is wrong with a text that may be left out, or be blank to take away what there was, if anything.
    func fault(ofOptional text: String?, _ field: Fault.Field) -> Fault? {
        text.flatMap { Self.isBlank($0) ? nil : fault($0, field) }
    }

    private typealias Violation = (code: Fault.Code, rule: String)

    private func violation(_ text: String) -> Violation? {
        // Of bytes there are at least as many, and they need not be decoded to be counted.
        let count = text.utf8.count > most ? text.unicodeScalars.count : 0
        if count > most { return (.tooLong, "may have at most \(most) characters; it has \(count)") }
        if Self.isBlank(text) {
            return (.tooShort, "must not be empty")
        }
        // SQLite ends a text there, so that it would not come back as it was sent.
        if text.utf8.contains(0) {
            return (.invalidValue, "must not contain the null character, U+0000")
        }
        return nil
    }
}
