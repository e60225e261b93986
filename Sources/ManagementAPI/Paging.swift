import JSONInput

/// The part of a list that a client asks for.
struct Paging {
    static let sizes = 1...250
    static let usualSize = 25

    let size: Int
    /// The ID of the last record that the client already has.
    let after: String?

    init(_ query: QueryParameters, faults: JSONReader.Faults) {
        size = query.integer("page_size", in: Self.sizes, faults: faults) ?? Self.usualSize
        after = query.string("after")
    }

    /// The error for an `after` that is not a record of the list, together with all earlier faults.
    static func unknownAfter(_ faults: JSONReader.Faults) -> APIError {
        faults.note(JSONFault(.value, .root.appending("after"), "after must be the id of a record in this list."))
        return Validation.refusal(faults)
    }
}

/// The position at which the next page of a list starts.
struct PaginationMeta: Encodable {
    /// The ID to send as `after` for the next page; left out on the last page.
    let after: String?
    let pageSize: Int

    enum CodingKeys: String, CodingKey {
        case after
        case pageSize = "page_size"
    }

    /// Cuts a list to the requested size. The list was read with one extra record, which shows whether there is a next
    /// page.
    static func cut<Record>(
        _ records: [Record], to paging: Paging, id: (Record) -> String
    ) -> (records: [Record], meta: PaginationMeta) {
        let page = Array(records.prefix(paging.size))
        let after = records.count > paging.size ? page.last.map(id) : nil
        return (page, PaginationMeta(after: after, pageSize: paging.size))
    }
}
