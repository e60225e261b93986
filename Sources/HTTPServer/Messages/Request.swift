public import HTTPTypes

/// A request for a `RequestHandler`: head and body as values, independent of the connection.
public struct Request: Sendable {
    /// The received body. A body over the limit is not read, but its request still reaches the handler. The handler may
    /// have a more important error to report, such as a missing key.
    public enum Body: Sendable {
        case complete([UInt8])
        case tooLarge(limit: Int)
    }

    public var head: HTTPRequest
    public var body: Body
    /// The client's address as text, without the port; empty if it is unknown, as on a Unix socket.
    public var remoteAddress: String
    /// Whether it came over a connection from a trusted proxy. Then fields that the proxy sets can be trusted.
    public var isFromProxy: Bool

    public init(
        head: HTTPRequest, body: Body = .complete([]), remoteAddress: String = "", isFromProxy: Bool = false
    ) {
        self.head = head
        self.body = body
        self.remoteAddress = remoteAddress
        self.isFromProxy = isFromProxy
    }

    /// The target without its query.
    public var path: Substring {
        let target = head.path ?? "/"
        return target[..<(target.utf8.firstIndex(of: Self.mark) ?? target.endIndex)]
    }

    /// The target after the first `?`; nil without a `?`.
    public var query: Substring? {
        guard let target = head.path, let mark = target.utf8.firstIndex(of: Self.mark) else { return nil }
        return target[target.utf8.index(after: mark)...]
    }

    private static let mark = UInt8(ascii: "?")
}

extension Request {
    /// Copies a head out of the receive buffer.
    init(_ view: RequestView, body: Body, remoteAddress: String, isFromProxy: Bool) throws(HTTPFault) {
        guard let method = HTTPRequest.Method(view.method.string) else {
            throw .malformedMethod
        }
        var fields = HTTPFields()
        for index in 0..<Int(view.head.fieldCount) {
            let range = view.fields[index]
            guard let name = HTTPField.Name(view.bytes[range.name].string) else { continue }
            fields.append(HTTPField(name: name, value: view.bytes[range.value].string))
        }
        let head = HTTPRequest(
            method: method, scheme: nil, authority: view.authority.string, path: view.target,
            headerFields: fields)
        self.init(head: head, body: body, remoteAddress: remoteAddress, isFromProxy: isFromProxy)
    }
}
