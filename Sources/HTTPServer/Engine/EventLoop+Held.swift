import Logging

/// Requests that wait for news.
extension EventLoop {
    /// The number of held requests that receive news before other connections get a turn.
    private static let newsBatch = 256

    /// Holds a request until it is answered, or until its stream ends.
    /// - Parameter opening: the head and the beginning of a stream.
    func hold(_ request: any HeldRequest, opening: PreparedResponse? = nil, on connection: Connection) {
        if let opening {
            // The connection closes after a stream. In HTTP/1.0 that is the only way to end one.
            connection.keepAlive = false
            counters.add(.streamsBegun)
            send(opening, on: connection)
        }
        connection.phase = .held
        connection.held = request
        time(request, on: connection)
        heldConnections.insert(connection)
        if connection.isHungUp || stopDeadline != nil { apply(request.stop(), to: connection) }
    }

    /// Sets the deadline of a held request, up to a second early rather than late: clients and the proxies in between
    /// have timeouts as well.
    private func time(_ request: any HeldRequest, on connection: Connection) {
        connection.deadline = clock.second + request.patience - 1
    }

    /// Answers a request at once, because a limit does not allow holding it. Logs a warning at most once a minute,
    /// because refused clients retry soon.
    func sendUnheld(_ response: PreparedResponse, _ limit: Limit, on connection: Connection) {
        counters.add(limit.counter)
        counters.add(.streamsBegun)
        context.logger.debug(
            "a limit was reached: this request is answered at once",
            metadata: ["limit": "\(limit.rawValue)", "remote": "\(connection.remoteAddress)"])
        if lastUnheldWarning.map({ clock.second - $0 >= 60 }) ?? true {
            lastUnheldWarning = clock.second
            context.logger.warning(
                "a limit was reached: requests are answered at once and do not wait",
                metadata: [
                    "limit": "\(limit.rawValue)", "over_limit": .stringConvertible(counters.count(limit.counter)),
                ])
        }
        send(response, on: connection)
    }

    /// Reports news to one batch of held requests.
    func notifyHeld() {
        for _ in 0..<Self.newsBatch {
            guard let connection = heldConnections.next() else { return }
            connection.hasMissedNews = connection.hasPendingOutput
            if !connection.hasMissedNews, let request = connection.held { take(request.news(), on: connection) }
        }
    }

    /// Handles the deadline of a held request: its `patience` is over, or its client has not read for too long.
    func expireHeld(_ connection: Connection) {
        guard let request = connection.held, !connection.hasPendingOutput else {
            noteEnd(of: connection, "write timeout of a waiting reader")
            return close(connection)
        }
        time(request, on: connection)
        take(request.timeUp(), on: connection)
    }

    func stopHeld(_ connection: Connection) {
        guard let request = connection.held else { return }
        take(request.stop(), on: connection)
    }

    /// Sets the deadline for a client to read its pending output. Partial reads do not extend it, because that output
    /// is already outdated.
    func timeReading(of connection: Connection) {
        guard !connection.isReadingTimed else { return }
        connection.isReadingTimed = true
        connection.deadline = clock.second + settings.pointee.writeTimeout
    }

    /// Called when the client has read all pending output.
    func caughtUp(_ connection: Connection) {
        guard let request = connection.held else { return }
        connection.isReadingTimed = false
        time(request, on: connection)
        guard connection.hasMissedNews else { return }
        connection.hasMissedNews = false
        apply(request.news(), to: connection)
    }

    private func take(_ step: HeldStep, on connection: Connection) {
        // Most news does not concern most held requests.
        if case .wait = step { return }
        apply(step, to: connection)
        advance(connection)
    }

    /// Carries out a step. Its output waits in the buffer until the caller flushes it.
    private func apply(_ step: HeldStep, to connection: Connection) {
        switch step {
        case .wait: return
        case .part(let pieces):
            sendPart(pieces, on: connection)
        case .answer(let response):
            letGo(connection)
            counters.add(response.heldCounter)
            send(response, on: connection)
        case .end:
            letGo(connection)
            if connection.isChunked { output.append(ResponseWriter.lastChunk, for: connection) }
            connection.phase = .closing
        case .fault(let fault):
            letGo(connection)
            counters.add(.heldOther)
            refuse(connection, fault)
        }
    }

    /// Stops holding a request, because it is answered or its connection is closing.
    func letGo(_ connection: Connection) {
        heldConnections.remove(connection)
        connection.held = nil
        connection.hasMissedNews = false
        connection.isReadingTimed = false
    }
}
