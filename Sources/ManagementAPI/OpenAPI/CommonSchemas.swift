import StatusPages

extension NamedSchema {
    static let paginationMeta = NamedSchema(
        "PaginationMeta",
        .object(
            "Where a list goes on.",
            [
                .required("page_size", .integer("How many records a page has at most.", in: Paging.sizes)),
                .optional("after", .id("What to send as `after` for the next page; left out on the last one.")),
            ]))

    static let managementMeta = NamedSchema(
        "ManagementMeta",
        .object(
            "Who looks after a resource.",
            [
                .required(
                    "managed_by",
                    .choice(
                        "`external`: declared in the server's configuration. `dashboard`: made through the API.",
                        ManagedComponent.Origin.self)),
                .required("annotations", .map("Notes on the resource. There are none as yet.")),
            ]))
}

extension NamedSchema {
    static let updateEdit = NamedSchema(
        "EditStatusPageUpdate", .object("The new text of an update.", [.required("message", .message)]))

    /// An answer with one resource. The member's name differs from the schema's.
    static func result(_ name: String, _ member: String, _ schema: NamedSchema) -> NamedSchema {
        NamedSchema(name, .object("An answer with one resource.", [.required(member, .reference(schema))]))
    }

    static func list(_ name: String, _ member: String, of schema: NamedSchema) -> NamedSchema {
        NamedSchema(
            name,
            .object(
                "A page of a list.",
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
        A text of the client's choice that stands for this creation on this page. Sent again, it gets the first answer \
        again and makes nothing. `Idempotent-Replay-Differs` then says whether the rest of the body was another one.
        """, .idempotencyKey)

    static let notifySubscribers = boolean("Whether the page's subscribers are to be told.")

    static let editedAt = time("When the text was last changed; left out if it never was.")

    static let message = text("What the update says, in Markdown.", .message)
}
