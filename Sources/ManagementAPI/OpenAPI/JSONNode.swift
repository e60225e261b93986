/// A literal piece of JSON. The OpenAPI document is made of these.
enum JSONNode: Equatable, Sendable {
    case bool(Bool)
    case integer(Int)
    case string(String)
    case array([JSONNode])
    case object([String: JSONNode])
    case null

    /// The same object with more members, or with other values for some.
    func with(_ members: [String: JSONNode]) -> JSONNode {
        guard case .object(let own) = self else { return .object(members) }
        return .object(own.merging(members) { $1 })
    }

    static func strings(_ texts: [String]) -> JSONNode { .array(texts.map(JSONNode.string)) }
}

extension JSONNode: Encodable {
    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .bool(let flag): try container.encode(flag)
        case .integer(let number): try container.encode(number)
        case .string(let text): try container.encode(text)
        case .array(let items): try container.encode(items)
        case .object(let members): try container.encode(members)
        case .null: try container.encodeNil()
        }
    }
}

extension JSONNode: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByStringInterpolation {
    init(booleanLiteral value: Bool) { self = .bool(value) }
    init(integerLiteral value: Int) { self = .integer(value) }
    init(stringLiteral value: String) { self = .string(value) }
}

extension JSONNode: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    init(arrayLiteral items: JSONNode...) { self = .array(items) }

    init(dictionaryLiteral members: (String, JSONNode)...) {
        self = .object(Dictionary(members) { _, last in last })
    }
}
