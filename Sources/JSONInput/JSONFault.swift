/// One thing that is wrong with a document, and where.
public struct JSONFault: Error, Equatable, Sendable {
    public enum Code: String, Sendable {
        /// Something that must be there is not.
        case missing
        /// A value of another JSON type.
        case type
        /// A value that is not one of those allowed.
        case value
        /// Text that is not written as it has to be: a time, a number in a query.
        case format
        /// More elements than are taken.
        case length
        /// A member that nothing here knows.
        case unknown
    }

    public let code: Code
    public let pointer: JSONPointer
    /// What is wrong, in a sentence.
    public let message: String
    /// The rule that the value breaks, as a predicate such as "must be a string". It names neither the value nor its place.
    public let rule: String

    /// - Parameter rule: nil if the message is such a predicate itself.
    public init(_ code: Code, _ pointer: JSONPointer, _ message: String, rule: String? = nil) {
        self.code = code
        self.pointer = pointer
        self.message = message
        self.rule = rule ?? message
    }
}
