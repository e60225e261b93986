import Foundation

/// A JSON value for the body of a call.
enum JSONBody: Encodable, ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    case text(String)
    case number(Int)
    case bool(Bool)
    case list([JSONBody])
    case object([String: JSONBody])

    init(stringLiteral value: String) { self = .text(value) }
    init(arrayLiteral elements: JSONBody...) { self = .list(elements) }
    init(dictionaryLiteral elements: (String, JSONBody)...) { self = .object(Dictionary(elements) { $1 }) }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let text): try container.encode(text)
        case .number(let number): try container.encode(number)
        case .bool(let flag): try container.encode(flag)
        case .list(let list): try container.encode(list)
        case .object(let members): try container.encode(members)
        }
    }

    /// The value as JSON. Equal values give equal bytes.
    func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self))
    }
}
