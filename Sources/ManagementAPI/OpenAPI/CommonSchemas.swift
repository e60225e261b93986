import StatusPages

extension NamedSchema {
    static let paginationMeta = NamedSchema(
        "PaginationMeta",
        .object(
            "The position in a paged list.",
            [
                .required("page_size", .integer("The maximum number of records per page.", in: Paging.sizes)),
                .optional("after", .id("The value of `after` for the next page; absent on the last page.")),
            ]))

    static let managementMeta = NamedSchema(
        "ManagementMeta",
        .object(
            "How a resource is managed.",
            [
                .required(
                    "managed_by",
                    .choice(
                        "`external`: declared in the server's configuration. `dashboard`: created through the API.",
                        ManagedComponent.Origin.self)),
                .required("annotations", .map("Annotations of the resource. Always empty.")),
            ]))
}

extension NamedSchema {
    static let updateEdit = NamedSchema(
        "EditStatusPageUpdate", .object("The new text of an update.", [.required("message", .message)]))

    /// A response with one resource. The member's name differs from the schema's.
    static func result(_ name: String, _ member: String, _ schema: NamedSchema) -> NamedSchema {
        NamedSchema(name, .object("A response with one resource.", [.required(member, .reference(schema))]))
    }

    static func list(_ name: String, _ member: String, of schema: NamedSchema) -> NamedSchema {
        NamedSchema(
            name,
            .object(
                "One page of a list.",
                [
                    .required(member, .array("The records of this page.", of: .reference(schema))),
                    .required("pagination_meta", .reference(paginationMeta)),
                ]))
    }
}

extension Schema {
    /// The key that makes it safe to repeat a request.
    static let idempotencyKey = text(
        """
        A key that the client chooses for this create request, unique on the page. A repeated request with the same \
        key creates nothing and gets the first response. `Idempotent-Replay-Differs` says whether the rest of the \
        body was different.
        """, .idempotencyKey)

    static let notifySubscribers = boolean("Whether to notify the page's subscribers.")

    static let editedAt = time("The time of the last text edit; absent if the text was never edited.")

    static let message = text("The text of the update, in Markdown.", .message)
}
