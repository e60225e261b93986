import HTTPServer
import HTTPTypes
import JSONInput
import StatusPages

/// The part of a list that a client asks for.
struct Paging {
    static let sizes = 1...250
    static let usualSize = 25

    private let size: Int
    /// The ID of the last record that the client already has.
    private let after: String?
    private let faults: JSONReader.Faults

    init(_ query: QueryParameters) {
        size = query.integer("page_size", in: Self.sizes) ?? Self.usualSize
        after = query.string("after")
        faults = query.faults
    }

    /// Answers with one page of a list, or with every fault of the query.
    /// - Parameters:
    ///   - name: the member that holds the records.
    ///   - read: returns the records after the given one, or all records. It may stop at `limit`, which is one more
    ///     than the client asked for. It returns nil if the list does not contain the given record.
    func response<Record, RecordID: LosslessStringConvertible, Body: Encodable>(
        _ name: String, body: (Record) -> Body, id: (Record) -> RecordID,
        read: (_ after: RecordID?, _ limit: Int) throws -> [Record]?
    ) throws -> Response {
        let after = self.after.flatMap { RecordID($0) }
        let records = try read(after, size + 1)
        // An ID of another shape is also unknown.
        guard let records, (after == nil) == (self.after == nil) else {
            faults.note(JSONFault(.value, .root.appending("after"), "after must be the id of a record in this list."))
            throw Validation.refusal(faults)
        }
        try Validation.check(faults)
        let page = records.prefix(size)
        let next = records.count > size ? page.last.map { id($0).description } : nil
        let meta = PaginationMeta(after: next, pageSize: size)
        return try JSONResponse.make(.ok, ListBody(name: name, records: page.map(body), meta: meta))
    }
}

private struct ListBody<Record: Encodable>: Encodable {
    let name: String
    let records: [Record]
    let meta: PaginationMeta

    func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: MemberName.self)
        try members.encode(records, forKey: MemberName(name))
        try members.encode(meta, forKey: "pagination_meta")
    }
}

private struct PaginationMeta: Encodable {
    /// The ID to send as `after` for the next page; left out on the last page.
    let after: String?
    let pageSize: Int

    enum CodingKeys: String, CodingKey {
        case after
        case pageSize = "page_size"
    }
}
