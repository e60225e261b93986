/// JSON that keeps the order of an object's members. Tests read documents with it, because Foundation forgets the order.
enum OrderedJSON: Equatable {
    struct Member: Equatable {
        let name: String
        let value: OrderedJSON
    }

    case object([Member])
    case array([OrderedJSON])
    case string(String)
    case integer(Int)
    case bool(Bool)
    case null

    /// Nil for text that is not JSON in UTF-8, repeats a name within an object, or has a number that is not an integer.
    init?(_ bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        var parser = Parser(text)
        guard let value = parser.value(), parser.isAtEnd else { return nil }
        self = value
    }

    subscript(name: String) -> OrderedJSON? {
        if case .object(let members) = self { members.first { $0.name == name }?.value } else { nil }
    }

    subscript(index: Int) -> OrderedJSON? { items.indices.contains(index) ? items[index] : nil }

    var items: [OrderedJSON] {
        if case .array(let items) = self { items } else { [] }
    }

    var names: [String] {
        if case .object(let members) = self { members.map(\.name) } else { [] }
    }

    var text: String? {
        if case .string(let text) = self { text } else { nil }
    }
}

/// Reads JSON without white space between tokens, which these documents never have.
private struct Parser {
    private let scalars: [Unicode.Scalar]
    private var position = 0

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    var isAtEnd: Bool { position == scalars.count }

    mutating func value() -> OrderedJSON? {
        if skip("{") { return object() }
        if skip("[") { return array() }
        if skip("\"") { return string().map(OrderedJSON.string) }
        if skip("true") { return .bool(true) }
        if skip("false") { return .bool(false) }
        if skip("null") { return .null }
        return integer()
    }

    private mutating func object() -> OrderedJSON? {
        var members: [OrderedJSON.Member] = []
        if skip("}") { return .object(members) }
        repeat {
            guard skip("\""), let name = string(), !members.contains(where: { $0.name == name }), skip(":"),
                let value = value()
            else { return nil }
            members.append(OrderedJSON.Member(name: name, value: value))
        } while skip(",")
        return skip("}") ? .object(members) : nil
    }

    private mutating func array() -> OrderedJSON? {
        var items: [OrderedJSON] = []
        if skip("]") { return .array(items) }
        repeat {
            guard let item = value() else { return nil }
            items.append(item)
        } while skip(",")
        return skip("]") ? .array(items) : nil
    }

    private mutating func string() -> String? {
        var text = String.UnicodeScalarView()
        while let scalar = next() {
            switch scalar {
            case "\"": return String(text)
            case "\\":
                guard let escaped = escaped() else { return nil }
                text.append(escaped)
            case "\u{0}"..."\u{1F}": return nil
            default: text.append(scalar)
            }
        }
        return nil
    }

    private mutating func escaped() -> Unicode.Scalar? {
        switch next() {
        case "\"": return "\""
        case "\\": return "\\"
        case "/": return "/"
        case "b": return "\u{8}"
        case "f": return "\u{C}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "u":
            guard position + 4 <= scalars.count else { return nil }
            defer { position += 4 }
            let digits = String(String.UnicodeScalarView(scalars[position..<position + 4]))
            return UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init)
        default: return nil
        }
    }

    private mutating func integer() -> OrderedJSON? {
        let start = position
        _ = skip("-")
        while position < scalars.count, ("0"..."9").contains(scalars[position]) { position += 1 }
        let text = String(String.UnicodeScalarView(scalars[start..<position]))
        guard let number = Int(text), "\(number)" == text else { return nil }
        return .integer(number)
    }

    private mutating func next() -> Unicode.Scalar? {
        guard !isAtEnd else { return nil }
        defer { position += 1 }
        return scalars[position]
    }

    private mutating func skip(_ token: String) -> Bool {
        guard scalars[position...].starts(with: token.unicodeScalars) else { return false }
        position += token.unicodeScalars.count
        return true
    }
}
