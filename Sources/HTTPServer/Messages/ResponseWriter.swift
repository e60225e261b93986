import HTTPTypes

/// Turns responses into bytes (RFC 9112 §4, §5).
enum ResponseWriter {
    static let continueResponse = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
    static let connectionClose = Array("Connection: close\r\n".utf8)
    static let connectionKeepAlive = Array("Connection: keep-alive\r\n".utf8)
    static let chunked = Array("Transfer-Encoding: chunked\r\n".utf8)
    static let chunkEnd = Array("\r\n".utf8)
    static let lastChunk = Array("0\r\n\r\n".utf8)

    /// The bytes before the data of a chunk (RFC 9112 §7.1).
    static func chunkStart(size: Int) -> [UInt8] { Array("\(String(size, radix: 16))\r\n".utf8) }

    static func appendStatusLine(_ status: HTTPResponse.Status, to bytes: inout [UInt8]) {
        bytes += "HTTP/1.1 ".utf8
        bytes += String(status.code).utf8
        bytes.append(ASCII.space)
        let phrase = status.reasonPhrase.isEmpty ? reasonPhrases[status.code] ?? "" : status.reasonPhrase
        bytes += phrase.utf8
        bytes += "\r\n".utf8
    }

    /// The reason phrases for statuses that were made from a number alone.
    private static let reasonPhrases: [Int: String] = {
        let statuses: [HTTPResponse.Status] = [
            .ok, .created, .noContent, .notModified, .badRequest, .unauthorized, .forbidden, .notFound,
            .methodNotAllowed, .requestTimeout, .conflict, .contentTooLarge, .uriTooLong, .expectationFailed,
            .unprocessableContent, .tooManyRequests, .requestHeaderFieldsTooLarge, .internalServerError,
            .notImplemented, .serviceUnavailable, .httpVersionNotSupported,
        ]
        return Dictionary(uniqueKeysWithValues: statuses.map { ($0.code, $0.reasonPhrase) })
    }()

    /// Appends the response's fields, its Content-Length and the empty line. Fields that belong to the engine are
    /// skipped.
    /// - Returns: the range of the value of Last-Modified; nil without such a field.
    @discardableResult
    static func appendFields(of response: Response, withLength: Bool = true, to bytes: inout [UInt8]) -> Range<Int>? {
        var lastModified: Range<Int>?
        for field in response.head.headerFields where !isOwnedByEngine(field.name) {
            bytes += field.name.rawName.utf8
            bytes += ": ".utf8
            let start = bytes.count
            bytes += field.value.utf8
            if field.name == .lastModified { lastModified = start..<bytes.count }
            bytes += "\r\n".utf8
        }
        if withLength, response.allowsBody {
            bytes += "Content-Length: ".utf8
            bytes += String(response.body.count).utf8
            bytes += "\r\n".utf8
        }
        bytes += "\r\n".utf8
        return lastModified
    }

    private static func isOwnedByEngine(_ name: HTTPField.Name) -> Bool {
        name == .contentLength || name == .connection || name == .date || name == .transferEncoding
    }

    /// The Connection field that a response needs; nil if none. HTTP/1.1 persists by default, HTTP/1.0 does not (RFC
    /// 9112 §9.3).
    static func connectionField(keepAlive: Bool, minorVersion: UInt8) -> [UInt8]? {
        if !keepAlive { return connectionClose }
        return minorVersion == 0 ? connectionKeepAlive : nil
    }
}
