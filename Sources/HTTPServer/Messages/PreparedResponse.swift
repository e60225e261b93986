public import HTTPTypes

/// An answer whose bytes are made once and sent many times: only Date and Connection are added on the way out.
public final class PreparedResponse: Sendable {
    /// The longest body of which a copy is kept behind the head.
    private static let shortBody = 16_384

    /// `HTTP/1.1 200 OK CR LF`.
    let statusLine: [UInt8]
    /// The other fields, an empty line and, if it is short, the body: to gather a pipeline's answers that is one copy.
    private let fieldsAndBody: [UInt8]
    private let fieldsEnd: Int
    /// A body that is not short. Shared with the response it was made from, and so with others of the same body.
    let longBody: [UInt8]
    let statusCode: Int
    /// The body is only a beginning, and the engine delimits what follows.
    let isOpenEnded: Bool
    /// What Last-Modified says, in seconds since the Unix epoch; the lowest number there is without it.
    let lastModified: Int
    private let lastModifiedValue: Range<Int>
    /// The same answer as a value, for a caller that is not an event loop.
    public let response: Response

    public convenience init(_ status: HTTPResponse.Status, fields: HTTPFields, body: [UInt8] = []) {
        self.init(Response(status, fields: fields, body: body))
    }

    /// - Parameter isOpenEnded: the body is only a beginning: there is no telling how long it will be.
    public init(_ response: Response, isOpenEnded: Bool = false) {
        self.response = response
        self.isOpenEnded = isOpenEnded
        statusCode = response.head.status.code
        var bytes: [UInt8] = []
        ResponseWriter.appendStatusLine(response.head.status, to: &bytes)
        statusLine = bytes
        bytes = []
        let value = ResponseWriter.appendFields(of: response, withLength: !isOpenEnded, to: &bytes)
        lastModifiedValue = value ?? 0..<0
        lastModified = response.head.headerFields[.lastModified].flatMap { HTTPDate.parse($0) } ?? .min
        fieldsEnd = bytes.count
        let body = response.allowsBody && !isOpenEnded ? response.body : []
        let isShort = body.count <= Self.shortBody
        fieldsAndBody = isShort ? bytes + body : bytes
        longBody = isShort ? [] : body
    }

    /// Lends what follows the status line and the fields of the engine, up to a long body.
    @inline(__always)
    func withFields(andBody isBodySent: Bool, _ body: (Bytes) -> Void) {
        fieldsAndBody.withUnsafeBufferPointer { all in
            body(isBodySent ? all : Bytes(rebasing: all[..<fieldsEnd]))
        }
    }

    /// The same in three pieces, with another date in Last-Modified.
    func withFields(andBody isBodySent: Bool, modified date: Bytes, _ body: (Bytes) -> Void) {
        withFields(andBody: isBodySent) { all in
            body(Bytes(rebasing: all[..<lastModifiedValue.lowerBound]))
            body(date)
            body(Bytes(rebasing: all[lastModifiedValue.upperBound...]))
        }
    }
}
