/// The OpenAPI description of one method on one path. It is registered with the endpoint in the router's table, and the
/// document is made from that table. The required role, and the errors that follow from it, come from the endpoint.
struct Operation: Sendable {
    /// A parameter in a path or a query.
    struct Parameter: Sendable {
        enum Place: String, Sendable { case path, query }

        let name: String
        let place: Place
        let isRequired: Bool
        let schema: Schema
        let example: JSONNode
    }

    struct Body: Sendable {
        let schema: NamedSchema
        let example: JSONNode
    }

    struct Success: Sendable {
        let status: Int
        let description: String
        /// Nil for an answer without a body.
        var body: Body?
        /// Whether the answer may be a replay of an earlier one.
        var isReplayed = false
    }

    /// A topic that groups operations.
    struct Tag: Equatable, Sendable {
        let name: String
        let description: String
    }

    let id: String
    let tag: Tag
    let summary: String
    let description: String
    var parameters: [Parameter] = []
    /// The request body.
    var body: Body?
    var isBodyRequired = true
    let success: Success
    /// Errors beyond those that follow from the role, the body and the parameters.
    var errors: [ErrorAnswer] = []
    /// The roles that a key needs, as a sentence; nil for the role of the endpoint.
    var roles: String?
    /// Whether it may publish an update.
    var publishes = false
    /// Whether the operation works without a key.
    var isOpen = false
}

extension Operation.Parameter {
    static func path(_ name: String, _ description: String, example: JSONNode) -> Self {
        Self(name: name, place: .path, isRequired: true, schema: .sentID(description), example: example)
    }

    static func query(_ name: String, _ schema: Schema, isRequired: Bool = false, example: JSONNode) -> Self {
        Self(name: name, place: .query, isRequired: isRequired, schema: schema, example: example)
    }

    /// The parameters that select a page of a list.
    static let paging = paging(after: Example.laterID)

    /// - Parameter example: an id of a record.
    static func paging(after example: String) -> [Self] {
        [
            query(
                "page_size", .integer("The maximum number of records.", in: Paging.sizes, default: Paging.usualSize),
                example: 25
            ),
            query(
                "after",
                .sentID("The id of the last record received. The list continues after it, so it must still exist."),
                example: .string(example)),
        ]
    }

    var node: JSONNode {
        var members: [String: JSONNode] = [
            "name": .string(name), "in": .string(place.rawValue), "required": .bool(isRequired), "example": example,
        ]
        // A query parameter without a value counts as absent, so a required parameter must have a value.
        if place == .query && !isRequired { members["allowEmptyValue"] = true }
        // The description moves from the schema to the parameter, so that it is not repeated.
        var schema = schema.members
        members["description"] = schema.removeValue(forKey: "description")
        members["schema"] = .object(schema)
        return .object(members)
    }
}

extension Operation.Success {
    static func ok(_ description: String, _ schema: NamedSchema, example: JSONNode) -> Self {
        Self(status: 200, description: description, body: .init(schema: schema, example: example))
    }

    static func created(
        _ description: String, _ schema: NamedSchema, example: JSONNode, isReplayed: Bool = false
    ) -> Self {
        Self(
            status: 201, description: description, body: .init(schema: schema, example: example),
            isReplayed: isReplayed)
    }

    static func noContent(_ description: String) -> Self { Self(status: 204, description: description) }
}

extension Operation.Body {
    /// The value of `content`.
    var content: JSONNode {
        ["application/json": ["schema": Schema.reference(schema).node, "example": example]]
    }
}
