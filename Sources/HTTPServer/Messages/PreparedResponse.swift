public import HTTPTypes

/// An answer whose bytes are built once and sent many times. The engine adds only Date, a `ServerField`, and the
/// fields that depend on the connection, such as Connection.
public final class PreparedResponse: Sendable {
    /// The longest body, in bytes, that is copied to the end of the head.
    private static let shortBody = 16_384

    /// `HTTP/1.1 200 OK CR LF`.
    let statusLine: [UInt8]
    /// The other fields, the empty line and a short body in one array, so that gathering a pipeline's answers costs one
    /// copy each.
    private let fieldsAndBody: [UInt8]
    private let fieldsEnd: Int
    /// A body that is not short. It shares its storage with the response, and so with other responses that have the
    /// same body.
    let longBody: [UInt8]
    let statusCode: Int
    /// The body is only the beginning of a stream; the engine delimits the rest.
    let isOpenEnded: Bool
    /// The time in Last-Modified, in seconds since the Unix epoch; `Int.min` if there is none.
    let lastModified: Int
    private let lastModifiedValue: Range<Int>
    /// The same answer as a value, for callers other than an event loop.
    public let response: Response

    public convenience init(_ status: HTTPResponse.Status, fields: HTTPFields, body: [UInt8] = []) {
        self.init(Response(status, fields: fields, body: body))
    }

    /// - Parameter isOpenEnded: the body is only the beginning of a stream, whose length is unknown.
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

    /// Passes `body` the fields of the response, the empty line and, if `isBodySent`, a short body.
    @inline(__always)
    func withFields(andBody isBodySent: Bool, _ body: (Bytes) -> Void) {
        fieldsAndBody.withUnsafeBufferPointer { all in
            body(isBodySent ? all : Bytes(rebasing: all[..<fieldsEnd]))
        }
    }

    /// The same in three pieces, with `date` as the value of Last-Modified.
    func withFields(andBody isBodySent: Bool, modified date: Bytes, _ body: (Bytes) -> Void) {
        withFields(andBody: isBodySent) { all in
            body(Bytes(rebasing: all[..<lastModifiedValue.lowerBound]))
            body(date)
            body(Bytes(rebasing: all[lastModifiedValue.upperBound...]))
        }
    }
}
