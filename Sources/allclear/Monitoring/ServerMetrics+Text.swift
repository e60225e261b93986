import HTTPServer

extension ServerMetrics {
    /// Writes the counters of the HTTP engine.
    func write(to text: inout MetricsText) {
        writeConnections(to: &text)
        writeTLS(to: &text)
        writeRequests(to: &text)
    }

    private func writeConnections(to text: inout MetricsText) {
        let (accepted, closed) = (count(.connectionsAccepted), count(.connectionsClosed))
        text.add(
            "allclear_http_connections", .gauge, "Open connections.", accepted > closed ? accepted - closed : 0)
        text.add("allclear_http_connections_accepted_total", .counter, "Connections accepted.", accepted)
        text.add(
            "allclear_http_connections_rejected_total", .counter, "Connections rejected, by limit.", by: "limit",
            [
                Limit.connections.rawValue: count(.connectionsOverLimit),
                Limit.connectionsOfAddress.rawValue: count(.connectionsOverLimitOfAddress),
            ])
        text.add(
            "allclear_http_accept_pauses_total", .counter, "Pauses of accept because no file descriptor was left.",
            count(.acceptPauses))
        text.add(
            "allclear_http_bytes_total", .counter, "Bytes of HTTP messages, without TLS.", by: "direction",
            ["received": count(.bytesReceived), "sent": count(.bytesSent)])
        text.add(
            "allclear_http_timeouts_total", .counter, "Connections closed by a timeout, by phase.",
            by: "phase",
            [
                "handshake": count(.handshakeTimeouts), "head": count(.headTimeouts), "body": count(.bodyTimeouts),
                "idle": count(.idleTimeouts), "write": count(.writeTimeouts),
            ])
    }

    private func writeTLS(to text: inout MetricsText) {
        let (all, resumed) = (count(.handshakes), count(.handshakesResumed))
        text.add(
            "allclear_tls_handshakes_total", .counter, "TLS handshakes.", by: "result",
            ["full": all > resumed ? all - resumed : 0, "resumed": resumed, "failed": count(.handshakesFailed)])
    }

    private func writeRequests(to text: inout MetricsText) {
        text.add("allclear_http_requests_total", .counter, "Well-formed requests.", count(.requests))
        writeWidgetReads(to: &text)
        text.add(
            "allclear_http_requests_rejected_total", .counter,
            "Requests rejected because of a limit or an HTTP rule. Streams over the limit end after the first document.",
            by: "reason",
            [
                "malformed": count(.malformed), "body_too_large": count(.bodyTooLarge),
                "request_line_too_long": count(.requestLineTooLong), "head_too_large": count(.headTooLarge),
                Limit.bufferedBodies.rawValue: count(.bodiesOverLimit),
                Limit.waitingRequests.rawValue: count(.requestsOverLimit),
                Limit.heldRequests.rawValue: count(.heldOverLimit), Limit.streams.rawValue: count(.streamsOverLimit),
                "other": count(.otherwiseRefused),
            ])
        text.add(
            "allclear_http_connections_used_up_total", .counter,
            "Connections closed after http.max_requests_per_connection requests.",
            count(.connectionsOverRequestLimit))
    }

    private func writeWidgetReads(to text: inout MetricsText) {
        let name = "allclear_widget_reads_total"
        text.describe(
            name, "counter",
            "Reads of public documents on the event loops, by kind (read: at once, wait: after waiting, stream: new "
                + "stream) and status."
        )
        let reads: [(kind: String, status: String, counter: Counter)] = [
            ("read", "200", .inlineOK), ("read", "304", .inlineNotModified), ("read", "other", .inlineOther),
            ("wait", "200", .heldOK), ("wait", "304", .heldNotModified), ("wait", "other", .heldOther),
            ("stream", "200", .streamsBegun),
        ]
        for read in reads { text.sample(name, ["kind": read.kind, "status": read.status], count(read.counter)) }
    }
}
