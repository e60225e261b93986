/// How long a text may be, in Unicode scalars. Text of white space only counts as empty.
public struct TextRule: Sendable {
    public static let name = TextRule(label: "The name", most: 200)
    public static let message = TextRule(label: "The message", most: 4096)
    public static let idempotencyKey = TextRule(label: "The idempotency key", most: 255)

    let label: String
    public let most: Int

    /// What is wrong with a text that has to be there, if anything.
    func fault(_ text: String?, _ field: Fault.Field) -> Fault? {
        guard let text else { return Fault(.required, [.field(field)], "\(label) is required.") }
        let count = text.unicodeScalars.count
        if count > most {
            return Fault(.tooLong, [.field(field)], "\(label) may have at most \(most) characters; it has \(count).")
        }
        if text.unicodeScalars.allSatisfy(\.properties.isWhitespace) {
            return Fault(.tooShort, [.field(field)], "\(label) must not be empty.")
        }
        return nil
    }
}
