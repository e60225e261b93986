import HTTPServer
import HTTPTypes
import JSONInput
import Publishing
import StatusPages
import Storage

/// Deliveries, notifications and the state of sending.
struct DeliveryRoutes: Sendable {
    let context: APIContext

    func add(to router: inout Router<Endpoint>) {
        let list = "/v2/status_page_deliveries"
        router.add(.get, list, Endpoint(.subscribersManage, self.list, as: .listDeliveries))
        router.add(.get, "\(list)/{id}", Endpoint(.subscribersManage, show, as: .showDelivery))
        router.add(.post, "\(list)/{id}/actions/retry", Endpoint(.subscribersManage, retry, as: .retryDelivery))
        router.add(.post, "\(list)/actions/retry", Endpoint(.subscribersManage, retryMany, as: .retryDeliveries))
        let status = "/v2/status_page_delivery_status"
        router.add(.get, status, Endpoint(.subscribersManage, showStatus, as: .showDeliveryStatus))
        router.add(.put, status, Endpoint(.subscribersManage, setStatus, as: .updateDeliveryStatus))
        router.add(
            .get, "/v2/status_page_notifications",
            Endpoint(.statusPageViewer, listNotifications, as: .listNotifications))
    }

    private func list(_ call: Call) throws -> Outcome {
        let query = call.query
        query.require("status_page_id")
        let page = try query.string("status_page_id").map(context.page)
        let paging = Paging(query)
        let subscriber = try query.string("subscriber_id").map { text in
            guard let id = ID<Subscriber>(text) else { throw APIError.notFound("subscriber") }
            return id
        }
        let state = query.choice("state", Delivery.State.self)
        let channel = query.choice("channel", Subscriber.Channel.self)
        let event = try Self.event(query)
        guard let page else { throw Validation.refusal(query.faults) }
        var announcements: [ID<UpdateNotification>: Announcement] = [:]
        return .done(
            try paging.response(
                "status_page_deliveries", body: { body($0, announcements) }, id: \.id
            ) { after, limit in
                try context.store.read { transaction in
                    if let subscriber, try transaction.subscriber(subscriber)?.pageID != page.id {
                        throw APIError.notFound("subscriber")
                    }
                    let deliveries = try transaction.deliveries(
                        of: page.id, subscriber: subscriber, state: state, channel: channel, event: event,
                        after: after, limit: limit)
                    for id in Set((deliveries ?? []).compactMap(\.notificationID)) {
                        announcements[id] = try transaction.notification(id)?.announcement
                    }
                    return deliveries
                }
            })
    }

    private func show(_ call: Call) throws -> Outcome {
        let id: ID<Delivery> = try call.id(of: "delivery")
        return .done(try context.store.read { try response(.ok, try context.publishing.find(id, in: $0), in: $0) })
    }

    private func retry(_ call: Call) throws -> Outcome {
        let id: ID<Delivery> = try call.id(of: "delivery")
        return .write { transaction in
            try response(.ok, try context.publishing.retry(id, in: transaction), in: transaction.reading)
        }
    }

    private func retryMany(_ call: Call) throws -> Outcome {
        let reader = try call.readBody()
        let page = try reader.requiredString("status_page_id").map(context.page)
        if !reader.has("since") {
            reader.faults.note(JSONFault(.missing, .root.appending("since"), "since is required."))
        }
        let since = reader.timestamp("since")
        let subscriber = reader.string("subscriber_id")
        try Validation.check(reader.faults)
        guard let page, let since else { throw APIError.unexpected }
        let id = try subscriber.map { text in
            guard let id = ID<Subscriber>(text) else { throw APIError.notFound("subscriber") }
            return id
        }
        return .writingInParts(part(of: FailedRetry(of: page, since: since, subscriber: id)))
    }

    private func part(of retry: FailedRetry) -> WritePart {
        { transaction in
            let next = try context.publishing.proceed(with: retry, in: transaction)
            return next.isDone ? .done(try JSONResponse.make(.ok, ["retried": next.count])) : .next(part(of: next))
        }
    }

    // MARK: The state of sending

    private func showStatus(_ call: Call) throws -> Outcome {
        .done(try context.store.read { try Self.response(try $0.deliveryStatus()) })
    }

    private func setStatus(_ call: Call) throws -> Outcome {
        let reader = try call.readBody()
        if !reader.has("paused") {
            reader.faults.note(JSONFault(.missing, .root.appending("paused"), "paused is required."))
        }
        let isPaused = reader.bool("paused") ?? false
        try Validation.check(reader.faults)
        return .write { transaction in
            try context.publishing.setPaused(isPaused, in: transaction)
            return try Self.response(try transaction.reading.deliveryStatus())
        }
    }

    private static func response(_ status: DeliveryStatus) throws -> Response {
        try JSONResponse.make(.ok, ["delivery_status": DeliveryStatusBody(status)])
    }

    // MARK: Notifications

    private func listNotifications(_ call: Call) throws -> Outcome {
        let query = call.query
        query.require("status_page_id")
        let page = try query.string("status_page_id").map(context.page)
        let paging = Paging(query)
        let event = try Self.event(query)
        guard let page else { throw Validation.refusal(query.faults) }
        var counts: [ID<UpdateNotification>: [Delivery.State: Int]] = [:]
        return .done(
            try paging.response(
                "status_page_notifications",
                body: { NotificationBody(notification: $0, counts: counts[$0.id] ?? [:]) }, id: \.id
            ) { after, limit in
                try context.store.read { transaction in
                    let found = try transaction.notifications(of: page.id, event: event, after: after, limit: limit)
                    for notification in found ?? [] {
                        counts[notification.id] = try transaction.deliveryCounts(of: notification.id)
                    }
                    return found
                }
            })
    }

    /// The event that a query asks for.
    private static func event(_ query: QueryParameters) throws -> ULID? {
        let names = [(Incident.names.id, Incident.title), (Maintenance.names.id, Maintenance.title)]
        let events = try names.compactMap { name, title in
            try query.string(name).map { text in
                guard let id = ULID(text) else { throw APIError.notFound(title) }
                return id
            }
        }
        return events.first
    }

    // MARK: Parts

    func response(
        _ status: HTTPResponse.Status, _ delivery: Delivery, in transaction: ReadTransaction
    ) throws -> Response {
        var announcements: [ID<UpdateNotification>: Announcement] = [:]
        if let id = delivery.notificationID {
            announcements[id] = try transaction.notification(id)?.announcement
        }
        return try JSONResponse.make(status, ["status_page_delivery": body(delivery, announcements)])
    }

    private func body(
        _ delivery: Delivery, _ announcements: [ID<UpdateNotification>: Announcement]
    ) -> DeliveryBody {
        DeliveryBody(
            delivery, announcement: delivery.notificationID.flatMap { announcements[$0] },
            sender: context.publishing.sender(of: delivery.pageID))
    }
}
