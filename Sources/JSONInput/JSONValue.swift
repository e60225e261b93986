import Foundation

/// A parsed JSON document.
public enum JSONValue: Equatable, Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    /// A number that is not whole, or that does not fit in Int.
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// Why bytes are not a JSON document.
    public struct Malformed: Error, Equatable, CustomStringConvertible {
        /// A sentence for the client or user who sent the bytes.
        public let description: String

        public init(description: String) { self.description = description }
    }

    /// Parses a whole document (RFC 8259): UTF-8, no lone surrogates, at most 512 levels deep. If an object has
    /// duplicate names, only one of their values counts.
    public init(parsing bytes: [UInt8]) throws(Malformed) {
        // Checked here because the parser would also accept UTF-16 and UTF-32. Null bytes indicate those encodings.
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw Malformed(description: "The JSON is not valid UTF-8.")
        }
        guard !bytes.contains(0) else {
            throw Malformed(description: "The JSON is malformed: it contains a null byte.")
        }
        // The parser would accept a trailing comma as well.
        if Self.hasTrailingComma(bytes) {
            throw Malformed(description: "The JSON is malformed: a comma precedes a closing bracket.")
        }
        let parsed: Any
        do {
            parsed = try JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed])
        } catch {
            throw Malformed(description: Self.reason(for: error))
        }
        self.init(parsed)
    }

    /// The parser's messages about the position of an error are good. Its messages about numbers repeat the number,
    /// however long it is.
    private static func reason(for error: any Error) -> String {
        guard let reason = (error as NSError).userInfo["NSDebugDescription"] as? String, reason.utf8.count < 200 else {
            return "The JSON is malformed or contains a number that is too large."
        }
        if reason.contains("not representable") { return "The JSON contains a number that is too large." }
        if reason.contains("surrogate") || reason.contains("hex escape") {
            return "The JSON contains an unpaired surrogate, such as \\ud83d alone."
        }
        return "The JSON is malformed: \(reason)"
    }

    private static func hasTrailingComma(_ bytes: [UInt8]) -> Bool {
        var isInString = false
        var isEscaped = false
        var isAfterComma = false
        for byte in bytes {
            if isInString {
                isInString = isEscaped || byte != UInt8(ascii: "\"")
                isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
                continue
            }
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"): continue
            case UInt8(ascii: "]"), UInt8(ascii: "}"): if isAfterComma { return true }
            case UInt8(ascii: "\""): isInString = true
            default: break
            }
            isAfterComma = byte == UInt8(ascii: ",")
        }
        return false
    }

    private init(_ parsed: Any) {
        switch parsed {
        case let text as String: self = .string(text)
        case let items as [Any]: self = .array(items.map(JSONValue.init))
        case let members as [String: Any]: self = .object(members.mapValues(JSONValue.init))
        case let number as NSNumber: self.init(number)
        default: self = .null
        }
    }

    private init(_ number: NSNumber) {
        // Foundation boxes both booleans and numbers as NSNumber; only the type code distinguishes them.
        if String(cString: number.objCType) == "c" {
            self = .bool(number.boolValue)
        } else if let integer = Int(exactly: number) {
            self = .integer(integer)
        } else {
            self = .number(number.doubleValue)
        }
    }

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
