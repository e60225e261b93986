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
                        """
                        `external`: declared in the server's configuration, or claimed by another tool. `terraform`: \
                        claimed by Terraform. `dashboard`: neither.
                        """, Manager.self)),
                .required("annotations", .map("The annotations of the claim. Empty without a claim.")),
            ]))

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
        A key that the client chooses, unique for this kind of request on the page. A repeated request with the same \
        key creates nothing and gets the first response. `Idempotent-Replay-Differs` says whether the rest of the \
        body was different.
        """, .idempotencyKey)

    static let message = text("The text of the update, in Markdown.", .message)
}

/// The values that the document's examples share, so that they describe the same page and events.
enum Example {
    static let pageID = "01KAD5W3M0Q2ZR6X8Y4T1N7B9C"
    static let componentID = "01KAD5W3M1H8VJ5K2P9S4D6F7G"
    static let otherComponentID = "01KAD5W3M2W3E5R7T9Y1K2P4A6"
    static let groupID = "01KAD5W3M3B2N4M6Q8W1E3R5T7"
    static let subPageID = "01KAD5W3M4Z9X7C5V3B1N2M4A6"
    static let incidentID = "01KAJ2T7H0D4F6G8H1J3K5M7N9"
    static let updateID = "01KAJ2T7H1P2Q4R6S8T1V3W5X7"
    static let maintenanceID = "01KAJ9S0A0Y8X6W4V2T1S3R5Q7"
    static let maintenanceUpdateID = "01KAJ9S0A1A2B4C6D8E1F3G5H7"
    static let laterID = "01KAJ2T7H2J9K7M5N3P1Q2R4S6"
    static let keyID = "01KAD5W3M5C7V9B1N3M5Q7W9E2"
    static let subscriberID = "01KAK0D2B1M3N5P7Q9R1S3T5V7"
    static let deliveryID = "01KAK0E5Z2A4B6C8D1E3F5G7H9"
    static let notificationID = "01KAK0E5Z0K2M4N6P8Q1R3S5T7"
    static let requestID = "01KAJ3B5C0T6V8W1X3Y5Z7A9B2"

    static let declaredAt = "2026-11-20T21:48:34.123Z"
    static let editedAt = "2026-11-20T21:50:02.456Z"
    static let startAt = "2026-12-01T02:00:00.000Z"
    static let endAt = "2026-12-01T04:00:00.000Z"

    static let pagination: JSONNode = ["page_size": 25, "after": .string(laterID)]
}
