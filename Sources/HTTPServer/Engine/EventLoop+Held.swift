import Logging

/// Requests that wait for news.
extension EventLoop {
    /// How many held requests are told of news before other connections have a turn.
    private static let newsBatch = 256

    /// Keeps a request until there is an answer to it, or for as long as its answer goes on.
    /// - Parameter opening: the head and the beginning of an answer that goes on.
    func hold(_ request: any HeldRequest, opening: PreparedResponse? = nil, on connection: Connection) {
        if let opening {
            // In HTTP/1.0 the end of the connection is the end of such an answer.
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

    /// Gives a held request its deadline, up to a second early instead of late: who waits has a time-out of its own, and so
    /// have the proxies in between.
    private func time(_ request: any HeldRequest, on connection: Connection) {
        connection.deadline = clock.second + request.patience - 1
    }

    /// Answers one that there is no place for, and warns of that once a minute: who is sent away comes back soon.
    func sendUnheld(_ response: PreparedResponse, _ limit: Limit, on connection: Connection) {
        counters.add(limit.counter)
        counters.add(.streamsBegun)
        context.logger.debug(
            "no place to hold a request",
            metadata: ["limit": "\(limit.rawValue)", "remote": "\(connection.remoteAddress)"])
        if lastUnheldWarning.map({ clock.second - $0 >= 60 }) ?? true {
            lastUnheldWarning = clock.second
            context.logger.warning(
                "a limit is reached: requests are not held",
                metadata: [
                    "limit": "\(limit.rawValue)", "over_limit": .stringConvertible(counters.count(limit.counter)),
                ])
        }
        send(response, on: connection)
    }

    /// Tells some of those that wait that there is news.
    func tellNews() {
        for _ in 0..<Self.newsBatch {
            guard let connection = heldConnections.next() else { return }
            connection.hasMissedNews = connection.hasPendingOutput
            if !connection.hasMissedNews, let request = connection.held { take(request.news(), on: connection) }
        }
    }

    /// What a held request's deadline means: its time is up, or its client has not read for too long.
    func expireHeld(_ connection: Connection) {
        guard let request = connection.held, !connection.hasPendingOutput else {
            noteEnd(of: connection, "write time-out of a reader that waits")
            return close(connection)
        }
        time(request, on: connection)
        take(request.timeUp(), on: connection)
    }

    func stopHeld(_ connection: Connection) {
        guard let request = connection.held else { return }
        take(request.stop(), on: connection)
    }

    /// Gives a client that does not read its deadline: what waits for it is old, so that progress buys no more time.
    func timeReading(of connection: Connection) {
        guard !connection.isReadingTimed else { return }
        connection.isReadingTimed = true
        connection.deadline = clock.second + settings.pointee.writeTimeout
    }

    /// The client has read all there was.
    func caughtUp(_ connection: Connection) {
        guard let request = connection.held else { return }
        connection.isReadingTimed = false
        time(request, on: connection)
        guard connection.hasMissedNews else { return }
        connection.hasMissedNews = false
        apply(request.news(), to: connection)
    }

    private func take(_ step: HeldStep, on connection: Connection) {
        // Most news is not about what most wait for.
        if case .wait = step { return }
        apply(step, to: connection)
        advance(connection)
    }

    /// Does what is to be done but for writing it out.
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

    /// Ends the holding: the request is answered, or its connection is gone.
    func letGo(_ connection: Connection) {
        heldConnections.remove(connection)
        connection.held = nil
        connection.hasMissedNews = false
        connection.isReadingTimed = false
    }
}
