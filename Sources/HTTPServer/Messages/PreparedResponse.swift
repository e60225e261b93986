public import HTTPTypes

/// An answer whose bytes are made once and sent many times: only Date and Connection are added on the way out.
public final class PreparedResponse: Sendable {
    /// `HTTP/1.1 200 OK CR LF`, the other fields, an empty line.
    let head: [UInt8]
    let statusLineEnd: Int
    /// Shared with the response it was made from, and so with others of the same body.
    let body: [UInt8]
    let statusCode: Int
    /// The same answer as a value, for a caller that is not an event loop.
    public let response: Response

    public convenience init(_ status: HTTPResponse.Status, fields: HTTPFields, body: [UInt8] = []) {
        self.init(Response(status, fields: fields, body: body))
    }

    /// - Parameter isOpenEnded: the body is only a beginning: there is no telling how long it will be.
    public init(_ response: Response, isOpenEnded: Bool = false) {
        self.response = response
        statusCode = response.head.status.code
        var head: [UInt8] = []
        ResponseWriter.appendStatusLine(response.head.status, to: &head)
        statusLineEnd = head.count
        ResponseWriter.appendFields(of: response, withLength: !isOpenEnded, to: &head)
        self.head = head
        body = response.allowsBody ? response.body : []
    }
}
