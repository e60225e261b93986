/// The fields of a form as browsers send it: `application/x-www-form-urlencoded` (URL Standard §5.1).
public struct URLEncodedForm: Equatable, Sendable {
    public enum Problem: Error, Equatable {
        /// The bytes are not UTF-8.
        case notUTF8
        case malformedPercentEncoding
        case tooManyFields
    }

    public struct Field: Equatable, Sendable {
        public let name: String
        public let value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// In the order in which they were sent. A name may be repeated.
    public let fields: [Field]

    public init(_ fields: [Field] = []) { self.fields = fields }

    /// - Parameter mostFields: how many fields are allowed.
    public init(parsing bytes: [UInt8], mostFields: Int = .max) throws(Problem) {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .notUTF8 }
        try self.init(parsing: text[...], mostFields: mostFields)
    }

    public init(parsing text: Substring, mostFields: Int = .max) throws(Problem) {
        var fields: [Field] = []
        for pair in text.utf8.split(separator: UInt8(ascii: "&")) {
            guard fields.count < mostFields else { throw .tooManyFields }
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decode(Substring(parts[0]), plusIsSpace: true),
                let value = parts.count == 2 ? PercentEncoding.decode(Substring(parts[1]), plusIsSpace: true) : ""
            else { throw .malformedPercentEncoding }
            fields.append(Field(name, value))
        }
        self.fields = fields
    }

    /// The first field with a name; nil without one.
    public subscript(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    /// The values of all fields with a name, in order.
    public func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    /// The form as text (URL Standard §5.2).
    public var encoded: String {
        fields.map { "\(PercentEncoding.encode($0.name))=\(PercentEncoding.encode($0.value))" }.joined(separator: "&")
    }
}
