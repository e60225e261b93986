import StatusPages

/// A Schema Object of OpenAPI 3.0: the type and the rules of a value in a body or a query.
struct Schema: Sendable {
    private(set) var members: [String: JSONNode]
    /// The schemas that this one refers to by name.
    private(set) var references: [NamedSchema] = []

    var node: JSONNode { .object(members) }

    /// The same schema, but null is allowed and means "absent".
    var nullable: Schema {
        var schema = self
        schema.members["nullable"] = true
        // An enumeration must list every allowed value, including null (OpenAPI 3.0.3, proposal 2019-10-31).
        if case .array(let choices) = members["enum"] { schema.members["enum"] = .array(choices + [.null]) }
        return schema
    }

    private init(_ type: String, _ description: String, _ members: [String: JSONNode] = [:]) {
        self.members = ["type": .string(type), "description": .string(description)].merging(members) { $1 }
    }

    private init(members: [String: JSONNode], references: [NamedSchema]) {
        self.members = members
        self.references = references
    }
}

/// A schema that the document contains once, among its components.
struct NamedSchema: Sendable {
    let name: String
    let schema: Schema

    init(_ name: String, _ schema: Schema) {
        self.name = name
        self.schema = schema
    }
}

struct Property: Sendable {
    let name: String
    let schema: Schema
    let isRequired: Bool

    static func required(_ name: String, _ schema: Schema) -> Property {
        Property(name: name, schema: schema, isRequired: true)
    }

    /// A member of an answer that is left out when it has no value.
    static func optional(_ name: String, _ schema: Schema) -> Property {
        Property(name: name, schema: schema, isRequired: false)
    }

    /// A member of a request in which null counts as absent.
    static func absentable(_ name: String, _ schema: Schema) -> Property {
        Property(name: name, schema: schema.nullable, isRequired: false)
    }
}

// MARK: Texts

extension Schema {
    static func string(_ description: String, _ members: [String: JSONNode] = [:]) -> Schema {
        Schema("string", description, members)
    }

    /// Text from a client, with the length limits of a domain rule.
    static func text(_ description: String, _ rule: TextRule) -> Schema {
        // At least one character that is not white space, and no U+0000.
        let pattern = #"^[^\u0000]*[^\s\u0000][^\u0000]*$"#
        return string(
            description, ["minLength": 1, "maxLength": .integer(rule.most), "pattern": .string(pattern)])
    }

    /// Text that may be empty.
    static func optionalText(_ description: String, _ rule: TextRule) -> Schema {
        string(description, ["maxLength": .integer(rule.most), "pattern": #"^[^\u0000]*$"#])
    }

    /// An ID in the shape that the server generates.
    static func id(_ description: String) -> Schema {
        string(description, ["pattern": "^[0-7][0-9A-HJKMNP-TV-Z]{25}$", "minLength": 26, "maxLength": 26])
    }

    /// An ID that a client sends. It is opaque: an ID of any other shape is simply not found.
    static func sentID(_ description: String) -> Schema { string(description, ["minLength": 1]) }

    static func time(_ description: String) -> Schema { string(description, ["format": "date-time"]) }

    static func uri(_ description: String) -> Schema { string(description, ["format": "uri"]) }

    static func choice(_ description: String, of choices: [String]) -> Schema {
        string(description, ["enum": .strings(choices)])
    }

    static func choice<Choice: RawRepresentable & CaseIterable>(_ description: String, _: Choice.Type) -> Schema
    where Choice.RawValue == String {
        choice(description, of: Choice.allCases.map(\.rawValue))
    }
}

// MARK: Everything else

extension Schema {
    static func boolean(_ description: String) -> Schema { Schema("boolean", description) }

    static func integer(_ description: String, in range: ClosedRange<Int>, default usual: Int? = nil) -> Schema {
        var members: [String: JSONNode] = [
            "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound),
        ]
        if let usual { members["default"] = .integer(usual) }
        return Schema("integer", description, members)
    }

    static func array(_ description: String, of items: Schema, count: ClosedRange<Int>? = nil) -> Schema {
        var schema = Schema("array", description, ["items": items.node])
        if let count {
            schema.members["minItems"] = .integer(count.lowerBound)
            schema.members["maxItems"] = .integer(count.upperBound)
        }
        schema.references = items.references
        return schema
    }

    /// The same array, without duplicate elements.
    var unique: Schema {
        var schema = self
        schema.members["uniqueItems"] = true
        return schema
    }

    /// The same object, which must have exactly one member.
    var exactlyOne: Schema {
        var schema = self
        schema.members["minProperties"] = 1
        schema.members["maxProperties"] = 1
        return schema
    }

    /// The same object, which must have at least one of these string members.
    func having(oneOf names: String...) -> Schema {
        var schema = self
        schema.members["anyOf"] = .array(
            names.map { name in
                ["type": "object", "required": [.string(name)], "properties": .object([name: ["type": "string"]])]
            })
        return schema
    }

    static func object(_ description: String, _ properties: [Property]) -> Schema {
        var schema = Schema("object", description)
        schema.members["properties"] = .object(
            Dictionary(properties.map { ($0.name, $0.schema.node) }) { _, last in last })
        let required = properties.filter(\.isRequired).map(\.name)
        if !required.isEmpty { schema.members["required"] = .strings(required) }
        schema.references = properties.flatMap(\.schema.references)
        return schema
    }

    /// An object with any members.
    static func free(_ description: String) -> Schema {
        Schema("object", description, ["additionalProperties": true])
    }

    /// An object with any names, whose values are strings.
    static func map(_ description: String) -> Schema {
        Schema("object", description, ["additionalProperties": ["type": "string"]])
    }

    /// The same, with at most `most` members, whose values have at most `longestValue` characters.
    static func map(_ description: String, most: Int, longestValue: Int) -> Schema {
        Schema(
            "object", description,
            [
                "maxProperties": .integer(most),
                "additionalProperties": ["type": "string", "maxLength": .integer(longestValue), "nullable": true],
            ])
    }

    static func reference(_ named: NamedSchema) -> Schema {
        Schema(members: ["$ref": "#/components/schemas/\(named.name)"], references: [named])
    }
}
