import Glibc
import HTTPTypes

/// A turn of a connection: bytes in, requests out.
extension EventLoop {
    /// The most reads in one turn. Without this limit, a connection that sends without pause would starve the others.
    static let readsPerTurn = 8

    /// Does all work that a connection has now, within one turn.
    func advance(_ connection: Connection) {
        if case .handshaking = connection.phase {
            guard continueHandshake(connection) else { return }
        }
        if connection.hasInput { processLeftover(connection) }
        var reads = 0
        while connection.isReadable, connection.takesInput, reads < Self.readsPerTurn {
            guard receive(connection) else { return close(connection) }
            reads += 1
        }
        if connection.isReadable, connection.takesInput { postpone(connection) }
        output.flush(to: connection)
        settle(connection)
    }

    /// Reads once. Returns false if the connection is broken.
    private func receive(_ connection: Connection) -> Bool {
        let count = connection.receive(into: scratch)
        if count > 0 {
            counters.add(.bytesReceived, count)
            let bytes = Bytes(rebasing: scratch[..<count])
            if !connection.hasInput {
                let used = process(bytes, for: connection)
                if used < count { connection.keep(Bytes(rebasing: bytes[used...])) }
            } else {
                connection.keep(bytes)
                processLeftover(connection)
            }
            return true
        }
        if count < 0, errno == EINTR { return true }
        connection.isReadable = false
        if count == 0 { connection.isAtEnd = true }
        return count == 0 || errno == EAGAIN
    }

    private func processLeftover(_ connection: Connection) {
        connection.useInput { process($0, for: connection) }
    }

    /// Answers the requests in `bytes`, or hands them to the handler.
    /// - Returns: the number of bytes used.
    private func process(_ bytes: Bytes, for connection: Connection) -> Int {
        var position = 0
        // The start of the current head.
        var start = 0
        do throws(HTTPFault) {
            while position < bytes.count, connection.takesInput {
                let rest = Bytes(rebasing: bytes[position...])
                if case .body = connection.phase {
                    position += try connection.decoder.decode(rest)
                    try reserveBody(of: connection)
                    finishBody(connection)
                    continue
                }
                start = position
                // A copy, because mutating it in place costs an exclusivity check (see OutputBuffer).
                var scanner = connection.scanner
                defer { connection.scanner = scanner }
                switch try scanner.scan(rest, limits: parser.pointee.limits) {
                case .needMore: return position
                case .skip(let count):
                    position += count
                    try skipEmptyLine(connection)
                case .head(let count):
                    position += count
                    try begin(Bytes(rebasing: rest[..<count]), on: connection)
                }
            }
        } catch {
            count(error)
            // If the head was refused before it was parsed, its first bytes show the method.
            let rest = Bytes(rebasing: bytes[position...])
            if case .head = connection.phase, rest.count >= 5, rest[ByteRange(0, 5)].equals("HEAD ") {
                connection.isHEAD = true
            }
            refuse(connection, error, head: Bytes(rebasing: bytes[start...]))
            return bytes.count
        }
        return position
    }

    private func count(_ fault: HTTPFault) {
        switch fault.status {
        case 400: counters.add(.malformed)
        case 414: counters.add(.requestLineTooLong)
        case 431: counters.add(.headTooLarge)
        default: counters.add(fault.limit?.counter ?? .otherwiseRefused)
        }
    }

    /// A few empty lines before a request are accepted (RFC 9112 §2.2). More than 16 are refused, because no real
    /// client sends them.
    private func skipEmptyLine(_ connection: Connection) throws(HTTPFault) {
        connection.isHeadTimed = false
        connection.emptyLines += 1
        if connection.emptyLines > 16 { throw .badRequest("The request follows too many empty lines.") }
    }

    /// Counts newly arrived body bytes against the `BodyBudget`, and extends the body's deadline.
    private func reserveBody(of connection: Connection) throws(HTTPFault) {
        let arrived = connection.decoder.body.count - connection.bodyBytes
        guard arrived > 0 else { return }
        guard context.bodyBudget.take(arrived) else { throw .overloaded(.bufferedBodies) }
        connection.bodyBytes += arrived
        let extraSeconds = connection.bodyBytes / settings.pointee.minBodyBytesPerSecond
        connection.deadline = min(connection.bodyDeadline + extraSeconds, connection.requestDeadline)
    }

    func releaseBody(of connection: Connection) {
        guard connection.bodyBytes > 0 else { return }
        context.bodyBudget.give(connection.bodyBytes)
        connection.bodyBytes = 0
    }

    /// Counts a request. If it is the last one the connection may have, the connection closes after the answer.
    private func count(_ connection: Connection) {
        counters.add(.requests)
        connection.requestCount += 1
        guard connection.requestCount >= settings.pointee.maxRequestsPerConnection, connection.keepAlive else { return }
        counters.add(.connectionsOverRequestLimit)
        noteEnd(of: connection, "max_requests_per_connection")
        connection.keepAlive = false
    }

    /// Starts a request whose head is complete.
    private func begin(_ bytes: Bytes, on connection: Connection) throws(HTTPFault) {
        // Set before the head is parsed, because parsing may fail, and an answer to HEAD must never have a body.
        connection.isHEAD = bytes.count > 5 && bytes[ByteRange(0, 5)].equals("HEAD ")
        let view = try parser.pointee.parse(bytes)
        if connection.isFromProxy { try applyForwardedFields(view, on: connection) }
        if !connection.isHeadTimed { connection.requestDeadline = clock.second + settings.pointee.requestTimeout }
        connection.isHeadTimed = false
        connection.emptyLines = 0
        connection.keepAlive = view.head.keepAlive && stopDeadline == nil
        count(connection)
        connection.minorVersion = view.head.minorVersion
        if !connection.isByHTTPS, let port = connection.listener.redirectPort {
            return try redirect(view, to: port, on: connection)
        }
        if view.head.framing == .none {
            switch inline.respond(to: view) {
            case .response(let response)?:
                counters.add(response.inlineCounter)
                send(response, on: connection)
            case .held(let request)?: hold(request, on: connection)
            case .stream(let opening, let request)?: hold(request, opening: opening, on: connection)
            case .unheld(let response, let limit)?: sendUnheld(response, limit, on: connection)
            case .fault(let fault)?: throw fault
            case nil: handOver(try request(view, on: connection), from: connection)
            }
            return
        }
        connection.request = try request(view, on: connection)
        connection.decoder = BodyDecoder(view.head.framing, limit: settings.pointee.maxBodyBytes)
        connection.phase = .body
        connection.bodyDeadline = clock.second + settings.pointee.bodyTimeout
        connection.deadline = min(connection.bodyDeadline, connection.requestDeadline)
        if view.head.expectsContinue, !connection.decoder.isTooLarge {
            output.append(ResponseWriter.continueResponse, for: connection)
        }
        finishBody(connection)
    }

    /// Applies what a trusted proxy reports about the request.
    private func applyForwardedFields(_ view: RequestView, on connection: Connection) throws(HTTPFault) {
        let forwarded = try ForwardedFields(view, peer: connection.peer, proxies: settings.pointee.trustedProxies)
        connection.client = forwarded.client
        connection.isByHTTPS = forwarded.isHTTPS ?? (connection.tls != nil)
        if let host = forwarded.host { parser.pointee.replaceAuthority(host) }
    }

    /// Redirects a client to the same resource by https. 308 keeps the method (RFC 9110 §15.4.9).
    private func redirect(_ view: RequestView, to port: UInt16, on connection: Connection) throws(HTTPFault) {
        let host = HostName.withoutPort(view.authority)
        guard host.count > 0 else { throw .badRequest("The Host field is missing.") }
        // The body is not read, so the bytes after it cannot be parsed.
        if view.head.framing != .none { connection.keepAlive = false }
        let authority = port == 443 ? host.string : "\(host.string):\(port)"
        // `OPTIONS *` becomes a URL without a path, which means `*` again for OPTIONS (RFC 9112 §3.2.4).
        let target = view.target == "*" ? "" : view.target
        let fields: HTTPFields = [.location: "https://\(authority)\(target)"]
        send(PreparedResponse(.permanentRedirect, fields: fields), on: connection)
    }

    private func request(_ view: RequestView, on connection: Connection) throws(HTTPFault) -> Request {
        try Request(
            view, body: .complete([]), remoteAddress: connection.remoteAddress, isFromProxy: connection.isFromProxy)
    }

    /// Hands the request over once its body is complete or known to be over the limit.
    private func finishBody(_ connection: Connection) {
        guard connection.decoder.isComplete || connection.decoder.isTooLarge, var request = connection.request else {
            return
        }
        if connection.decoder.isTooLarge {
            counters.add(.bodyTooLarge)
            request.body = .tooLarge(limit: connection.decoder.limit)
            // The rest of the body is not read, so the bytes after it cannot be parsed.
            connection.keepAlive = false
        } else {
            request.body = .complete(connection.decoder.body)
        }
        connection.request = nil
        connection.decoder = BodyDecoder(.none, limit: 0)
        handOver(request, from: connection)
    }

    private func handOver(_ request: Request, from connection: Connection) {
        connection.phase = .handling
        let id = connection.id
        let inbox = inbox
        let handler = context.handler
        let respond = Responder { inbox.post(.answer(id, $0)) }
        if handler.isUrgent(request) { return handler.handle(request, respond: respond) }
        if !context.work.submit({ handler.handle(request, respond: respond) }) {
            counters.add(.requestsOverLimit)
            respond(handler.response(to: .overloaded(.waitingRequests), of: RefusedRequest(request)))
        }
    }
}
