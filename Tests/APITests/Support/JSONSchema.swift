import Foundation
import JSONInput

/// Checks values against the schemas of an OpenAPI 3.0 document. It supports the keywords that the document uses. An
/// unknown keyword is a problem, so that nothing is skipped silently.
struct JSONSchema {
    /// The whole document, for `$ref`.
    let document: JSONValue

    private static let known: Set<String> = [
        "type", "description", "format", "enum", "nullable", "pattern", "minLength", "maxLength", "minimum", "maximum",
        "default", "items", "minItems", "maxItems", "uniqueItems", "properties", "required", "additionalProperties",
        "minProperties", "maxProperties", "anyOf",
    ]

    /// Follows a `$ref`.
    func resolved(_ node: JSONValue) -> JSONValue? {
        guard let reference = node["$ref"]?.text else { return node }
        guard reference.hasPrefix("#/") else { return nil }
        let target = reference.dropFirst(2).split(separator: "/").reduce(Optional(document)) { $0?[String($1)] }
        return target.flatMap(resolved)
    }

    /// The errors of a value, each with its place. A member that the schema does not name is an error, although the
    /// schema allows it: an answer must have only described members.
    func problems(_ value: JSONValue, _ node: JSONValue, at place: String = "") -> [String] {
        guard let schema = resolved(node), case .object(let members) = schema else { return ["\(place): no schema"] }
        let unknown = Set(members.keys).subtracting(Self.known)
        if !unknown.isEmpty { return ["\(place): unknown keywords \(unknown)"] }
        if value == .null { return schema["nullable"] == .bool(true) ? [] : ["\(place): is null"] }
        guard schema["type"]?.text == value.schemaType else {
            return ["\(place): is \(value.schemaType), not \(schema["type"]?.text ?? "anything")"]
        }
        if let choices = schema["enum"]?.items, !choices.contains(value) {
            return ["\(place): \(value) is not allowed"]
        }
        switch value {
        case .string(let text): return Self.problems(text, schema, place)
        case .integer(let number):
            return Self.isIn(number, schema, "minimum", "maximum") ? [] : ["\(place): \(number) is out of range"]
        case .array(let items): return problems(items, schema, place)
        case .object(let members): return problems(members, schema, place)
        case .null, .bool, .number: return []
        }
    }

    private static func problems(_ text: String, _ schema: JSONValue, _ place: String) -> [String] {
        var problems: [String] = []
        if !isIn(text.unicodeScalars.count, schema, "minLength", "maxLength") {
            problems.append("\(place): has a wrong length")
        }
        if let pattern = schema["pattern"]?.text, text.range(of: pattern, options: .regularExpression) == nil {
            problems.append("\(place): \(text) does not match \(pattern)")
        }
        let dateTime = #"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"#
        switch schema["format"]?.text {
        case nil: break
        case "date-time" where text.range(of: dateTime, options: .regularExpression) != nil: break
        case "uri" where URL(string: text)?.scheme != nil: break
        case let format?: problems.append("\(place): \(text) is not a valid \(format)")
        }
        return problems
    }

    private func problems(_ items: [JSONValue], _ schema: JSONValue, _ place: String) -> [String] {
        guard Self.isIn(items.count, schema, "minItems", "maxItems") else { return ["\(place): has a wrong length"] }
        return items.enumerated().flatMap { problems($1, schema["items"] ?? .null, at: "\(place)/\($0)") }
    }

    private func problems(_ members: [String: JSONValue], _ schema: JSONValue, _ place: String) -> [String] {
        guard Self.isIn(members.count, schema, "minProperties", "maxProperties") else {
            return ["\(place): has a wrong number of members"]
        }
        if let choices = schema["anyOf"]?.items, choices.allSatisfy({ !satisfies(members, $0) }) {
            return ["\(place): matches none of several schemas"]
        }
        let missing = (schema["required"]?.items ?? []).compactMap(\.text).filter { members[$0] == nil }
        return missing.map { "\(place)/\($0): is missing" }
            + members.flatMap { name, value -> [String] in
                if let property = schema["properties"]?[name] {
                    return problems(value, property, at: "\(place)/\(name)")
                }
                switch schema["additionalProperties"] {
                case .bool(true): return []
                case let other?: return problems(value, other, at: "\(place)/\(name)")
                case nil: return ["\(place)/\(name): is not described"]
                }
            }
    }

    /// Whether an object has the members that one schema of an `anyOf` requires.
    private func satisfies(_ members: [String: JSONValue], _ schema: JSONValue) -> Bool {
        let named = members.filter { schema["properties"]?[$0.key] != nil }
        return problems(.object(named), schema).isEmpty
    }

    private static func isIn(_ number: Int, _ schema: JSONValue, _ least: String, _ most: String) -> Bool {
        if case .integer(let bound) = schema[least], number < bound { return false }
        if case .integer(let bound) = schema[most], number > bound { return false }
        return true
    }
}

extension JSONValue {
    subscript(_ name: String) -> JSONValue? {
        if case .object(let members) = self { members[name] } else { nil }
    }

    var text: String? { if case .string(let text) = self { text } else { nil } }
    var items: [JSONValue]? { if case .array(let items) = self { items } else { nil } }
    var members: [String: JSONValue] { if case .object(let members) = self { members } else { [:] } }

    fileprivate var schemaType: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .integer: "integer"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}
