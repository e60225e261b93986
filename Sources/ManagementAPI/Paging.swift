import JSONInput

/// Which part of a list a client asks for.
struct Paging {
    static let sizes = 1...250
    static let usualSize = 25

    let size: Int
    /// The id of the last record the client has.
    let after: String?

    init(_ query: QueryParameters, faults: JSONReader.Faults) {
        size = query.integer("page_size", in: Self.sizes, faults: faults) ?? Self.usualSize
        after = query.string("after")
    }

    /// The refusal of an `after` that is no record of the list, with whatever else was wrong.
    static func unknownAfter(_ faults: JSONReader.Faults) -> APIError {
        faults.note(JSONFault(.value, .root.appending("after"), "after must be the id of a record of this list."))
        return Validation.refusal(faults)
    }
}

/// Where a list goes on.
struct PaginationMeta: Encodable {
    /// The id to go on after; left out on the last page.
    let after: String?
    let pageSize: Int

    enum CodingKeys: String, CodingKey {
        case after
        case pageSize = "page_size"
    }

    /// Cuts a list, read with one record more than asked for, to its size.
    static func cut<Record>(
        _ records: [Record], to paging: Paging, id: (Record) -> String
    ) -> (records: [Record], meta: PaginationMeta) {
        let page = Array(records.prefix(paging.size))
        let after = records.count > paging.size ? page.last.map(id) : nil
        return (page, PaginationMeta(after: after, pageSize: paging.size))
    }
}
