/// One error in a document, and its place.
public struct JSONFault: Error, Equatable, Sendable {
    public enum Code: String, Sendable {
        /// A required member or element is missing.
        case missing
        /// The value has the wrong JSON type.
        case type
        /// The value is not one of the allowed values.
        case value
        /// The text has the wrong format, such as a malformed time or number in a query.
        case format
        /// The array has more elements than allowed.
        case length
        /// The member's name is unknown.
        case unknown
    }

    public let code: Code
    public let pointer: JSONPointer
    /// The error as a sentence.
    public let message: String
    /// The rule that the value breaks, as a predicate such as "must be a string". It contains neither the value nor its
    /// place.
    public let rule: String

    /// - Parameter rule: nil if the message is already such a predicate.
    public init(_ code: Code, _ pointer: JSONPointer, _ message: String, rule: String? = nil) {
        self.code = code
        self.pointer = pointer
        self.message = message
        self.rule = rule ?? message
    }
}
