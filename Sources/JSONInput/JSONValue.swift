/// A JSON value.
public enum JSONValue: Equatable, Sendable {
    case null
    case bool(Bool)
    /// A whole number, however it is written.
    case integer(Int)
    /// A number that is not whole, or that does not fit in Int.
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// The name of the value's type with its article, for messages.
    public var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer, .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

extension JSONValue {
    /// Why bytes are not a JSON document.
    public struct Malformed: Error, Equatable, CustomStringConvertible {
        /// The offset of the error, in bytes.
        public let offset: Int
        /// The fault at that place.
        public let message: String
        /// The fault and its place, as a sentence for the client or user who sent the bytes.
        public let description: String
    }

    /// Parses a whole document (RFC 8259): UTF-8, no lone surrogates, at most 512 levels deep. If an object has
    /// repeated names, the last one counts.
    public init(parsing bytes: [UInt8]) throws(Malformed) { self = try Self.parse(bytes, notes: nil).value }

    static func parse(
        _ bytes: [UInt8], notes: JSONParser.Notes?
    ) throws(Malformed) -> (value: JSONValue, notes: JSONParser.Notes?) {
        do throws(JSONParser.Fault) {
            return try bytes.withUnsafeBufferPointer { bytes throws(JSONParser.Fault) in
                var parser = JSONParser(bytes, notes: notes)
                return (try parser.document(), parser.notes)
            }
        } catch {
            throw Malformed(error, in: bytes)
        }
    }
}

extension JSONValue.Malformed {
    fileprivate init(_ fault: JSONParser.Fault, in bytes: [UInt8]) {
        // In a text of another encoding, every other error would be misleading.
        let invalid = Self.endOfUTF8(in: bytes)
        offset = invalid ?? fault.offset
        message = invalid == nil ? fault.message : JSONParser.notUTF8
        let sentence = "The JSON is malformed: \(TextPosition(of: offset, in: bytes)): \(message)."
        description = invalid == nil ? fault.sentence ?? sentence : sentence
    }

    /// The offset of the first byte that is not valid UTF-8; nil if there is none.
    private static func endOfUTF8(in bytes: [UInt8]) -> Int? {
        var parser = Unicode.UTF8.ForwardParser()
        var rest = bytes.makeIterator()
        var offset = 0
        while true {
            switch parser.parseScalar(from: &rest) {
            case .valid(let scalar): offset += scalar.count
            case .emptyInput: return nil
            case .error: return offset
            }
        }
    }
}
