public import HTTPTypes

/// An answer whose bytes are made once and sent many times: only Date and Connection are added on the way out.
public final class PreparedResponse: Sendable {
    /// `HTTP/1.1 200 OK CR LF`, the other fields, an empty line, the body.
    let bytes: [UInt8]
    let statusLineEnd: Int
    let bodyStart: Int
    /// The same answer as a value, for a caller that is not an event loop.
    public let response: Response

    public convenience init(_ status: HTTPResponse.Status, fields: HTTPFields, body: [UInt8] = []) {
        self.init(Response(status, fields: fields, body: body))
    }

    public init(_ response: Response) {
        self.response = response
        var bytes: [UInt8] = []
        ResponseWriter.appendStatusLine(response.head.status, to: &bytes)
        statusLineEnd = bytes.count
        ResponseWriter.appendFields(of: response, to: &bytes)
        bodyStart = bytes.count
        if response.allowsBody { bytes += response.body }
        self.bytes = bytes
    }
}
