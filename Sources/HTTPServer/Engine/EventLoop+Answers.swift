import HTTPTypes

/// Answers and streams on their way to the client.
extension EventLoop {
    /// Sends a handler's answer to the current request.
    func answer(_ connection: Connection, _ response: Response) {
        guard case .handling = connection.phase else { return }
        send(PreparedResponse(response), on: connection)
    }

    /// Answers a request that cannot be served. The connection closes after the answer.
    /// - Parameter head: the bytes of the head that have arrived, if any.
    func refuse(_ connection: Connection, _ fault: HTTPFault, head: Bytes? = nil) {
        let refused = refusedRequest(on: connection, head: head)
        connection.request = nil
        connection.keepAlive = false
        send(PreparedResponse(context.handler.response(to: fault, of: refused)), on: connection)
    }

    private func refusedRequest(on connection: Connection, head: Bytes?) -> RefusedRequest {
        var refused: RefusedRequest
        if let request = connection.request {
            refused = RefusedRequest(request)
        } else if let head {
            refused = RefusedRequest(remoteAddress: connection.remoteAddress, head: head)
        } else {
            refused = RefusedRequest(remoteAddress: connection.remoteAddress)
        }
        if connection.isHeadTimed || connection.request != nil {
            let beginning = connection.requestDeadline - settings.pointee.requestTimeout
            refused.seconds = max(0, clock.second - beginning)
        }
        return refused
    }

    func send(_ response: PreparedResponse, on connection: Connection) {
        if connection.isAtEnd || stopDeadline != nil { connection.keepAlive = false }
        // A document may be newer than the loop's last reading of the clock.
        if response.lastModified > clock.dateSecond { clock.refresh() }
        output.append(response.statusLine, for: connection)
        output.append(clock.dateField, for: connection)
        if let field = context.field, let number = field.value {
            output.append(serverFieldLine.bytes(of: field, number), for: connection)
        }
        if connection.isByHTTPS { appendStrictTransportField(connection) }
        if !connection.keepAlive || connection.minorVersion == 0 { appendConnectionField(connection) }
        if response.isOpenEnded {
            sendOpening(response, on: connection)
        } else if response.lastModified > clock.dateSecond {
            // The clock was set back. Last-Modified must not be later than Date (RFC 9110 §8.8.2.1).
            response.withFields(andBody: !connection.isHEAD, modified: clock.dateValue) {
                output.append($0, for: connection)
            }
        } else {
            response.withFields(andBody: !connection.isHEAD) { output.append($0, for: connection) }
        }
        if !connection.isHEAD, !response.longBody.isEmpty { output.append(response.longBody, for: connection) }
        releaseBody(of: connection)
        connection.phase = connection.keepAlive ? .head : .closing
        // A proxy reports the client of each request separately.
        if connection.isFromProxy { connection.client = nil }
        connection.isHEAD = false
        connection.deadline = clock.second + settings.pointee.idleTimeout
        connection.requestDeadline = clock.second + settings.pointee.requestTimeout
    }

    /// Sends the fields of a stream and the beginning of its body. The body is chunked. In HTTP/1.0 it is not, and ends
    /// with the connection (RFC 9112 §6.3).
    private func sendOpening(_ response: PreparedResponse, on connection: Connection) {
        connection.isChunked = connection.minorVersion > 0
        if connection.isChunked { output.append(ResponseWriter.chunked, for: connection) }
        response.withFields(andBody: false) { output.append($0, for: connection) }
        if !connection.isHEAD { sendPart([response.response.body], on: connection) }
    }

    /// Sends more of a stream's body.
    func sendPart(_ pieces: [[UInt8]], on connection: Connection) {
        let size = pieces.reduce(0) { $0 + $1.count }
        // An empty chunk would end the body.
        guard size > 0 else { return }
        if connection.isChunked { output.append(ResponseWriter.chunkStart(size: size), for: connection) }
        for piece in pieces { output.append(piece, for: connection) }
        if connection.isChunked { output.append(ResponseWriter.chunkEnd, for: connection) }
    }

    private func appendStrictTransportField(_ connection: Connection) {
        let seconds = connection.listener.strictTransportSecurity
        if seconds > 0 { output.append(strictTransportField.line(seconds), for: connection) }
    }

    private func appendConnectionField(_ connection: Connection) {
        let field = ResponseWriter.connectionField(
            keepAlive: connection.keepAlive, minorVersion: connection.minorVersion)
        if let field { output.append(field, for: connection) }
    }
}

extension PreparedResponse {
    var inlineCounter: ServerMetrics.Counter {
        switch statusCode {
        case 200: .inlineOK
        case 304: .inlineNotModified
        default: .inlineOther
        }
    }

    var heldCounter: ServerMetrics.Counter {
        switch statusCode {
        case 200: .heldOK
        case 304: .heldNotModified
        default: .heldOther
        }
    }
}

/// The line `Strict-Transport-Security: max-age=SECONDS CR LF` (RFC 6797 §6.1). It is cached, because every https
/// answer needs it and it rarely changes.
final class StrictTransportField {
    private var seconds = 0
    private var bytes: [UInt8] = []

    func line(_ seconds: Int) -> [UInt8] {
        if seconds != self.seconds {
            self.seconds = seconds
            bytes = Array("Strict-Transport-Security: max-age=\(seconds)\r\n".utf8)
        }
        return bytes
    }
}
