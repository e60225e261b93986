import Glibc
import HTTPTypes

/// The request cycle of a connection: bytes in, requests out, answers back.
extension EventLoop {
    /// The lingering time-out, in seconds: since the last bytes from the peer, and in total.
    private static let lingerTimeout = 2
    private static let longestLingering = 30
    /// The number of reads in one turn, so that a connection that sends without pause does not starve the others.
    private static let readsPerTurn = 8

    /// Does all work that a connection has now, within one turn.
    func advance(_ connection: Connection) {
        if case .handshaking = connection.phase {
            guard shakeHands(connection) else { return }
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
        let bought = connection.bodyBytes / settings.pointee.minBodyBytesPerSecond
        connection.deadline = min(connection.bodyDeadline + bought, connection.requestDeadline)
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
        if connection.isFromProxy { try believe(view, on: connection) }
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
    private func believe(_ view: RequestView, on connection: Connection) throws(HTTPFault) {
        let told = try ForwardedFields(view, peer: connection.peer, proxies: settings.pointee.trustedProxies)
        connection.client = told.client
        connection.isByHTTPS = told.isHTTPS ?? (connection.tls != nil)
        if let host = told.host { parser.pointee.replaceAuthority(host) }
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
        try Request(view, body: .complete([]), remoteAddress: connection.remoteAddress)
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

    // MARK: Answers

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

    /// Offers the socket the output that it did not accept before.
    func writeMore(_ connection: Connection) {
        guard output.offerPending(of: connection) else { return }
        if case .held = connection.phase {
            if !connection.hasPendingOutput { caughtUp(connection) }
            return
        }
        if case .body = connection.phase, !connection.hasPendingOutput {
            connection.deadline = min(connection.bodyDeadline, connection.requestDeadline)
            return
        }
        connection.deadline =
            connection.hasPendingOutput
            ? min(clock.second + settings.pointee.writeTimeout, connection.requestDeadline)
            : clock.second + settings.pointee.idleTimeout
    }

    /// Decides what a connection waits for next.
    private func settle(_ connection: Connection) {
        if connection.isBroken { return close(connection) }
        if connection.hasPendingOutput {
            if case .held = connection.phase { return timeReading(of: connection) }
            let longest = min(clock.second + settings.pointee.writeTimeout, connection.requestDeadline)
            connection.deadline = min(connection.deadline, longest)
            return
        }
        switch connection.phase {
        case .handshaking, .handling, .held: break
        case .closing: linger(connection)
        case .lingering: drain(connection)
        case .head, .body:
            if connection.isAtEnd { return close(connection) }
            timeHead(connection)
        }
    }

    /// Sets the deadline of a head when its first byte has arrived.
    private func timeHead(_ connection: Connection) {
        guard case .head = connection.phase else { return }
        if !connection.hasInput {
            if stopDeadline != nil { leave(connection) }
        } else if !connection.isHeadTimed {
            connection.isHeadTimed = true
            connection.deadline = clock.second + settings.pointee.headTimeout
            connection.requestDeadline = clock.second + settings.pointee.requestTimeout
        }
    }

    private func linger(_ connection: Connection) {
        guard !connection.isAtEnd, connection.finishSending() else { return close(connection) }
        connection.phase = .lingering
        connection.dropInput()
        connection.requestDeadline = clock.second + Self.longestLingering
        connection.deadline = clock.second + Self.lingerTimeout
        connection.isReadable = true
        drain(connection)
    }

    private func drain(_ connection: Connection) {
        for _ in 0..<Self.readsPerTurn where connection.isReadable {
            let count = recv(connection.descriptor, scratch.baseAddress, scratch.count, 0)
            // The peer is still sending, and reads the answer when it has finished.
            if count > 0 { connection.deadline = min(clock.second + Self.lingerTimeout, connection.requestDeadline) }
            if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) { return close(connection) }
            if count < 0, errno == EAGAIN { connection.isReadable = false }
        }
        if connection.isReadable { postpone(connection) }
    }
}

extension PreparedResponse {
    fileprivate var inlineCounter: ServerMetrics.Counter {
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
