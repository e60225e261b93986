public import HTTPTypes

/// The answer to one request.
///
/// The engine adds `Date`, `Content-Length` and `Connection`, and leaves the body out if HTTP forbids one.
public struct Response: Sendable {
    public var head: HTTPResponse
    public var body: [UInt8]

    public init(_ status: HTTPResponse.Status, fields: HTTPFields = [:], body: [UInt8] = []) {
        head = HTTPResponse(status: status, headerFields: fields)
        self.body = body
    }

    /// Whether a message with this status may have a body and a Content-Length (RFC 9110 §6.4.1, §8.6).
    var allowsBody: Bool {
        let code = head.status.code
        return code >= 200 && code != 204 && code != 304
    }
}
