import HTTPServer
import HTTPTypes
import Markup
import Publishing
import StatusPages
import Storage

/// "Deliveries" of a page: the state of each message, and whether updates are sent.
enum DeliveryScreens {
    private static let pageSize = 50
    /// How far back "Retry all" reaches, in milliseconds.
    private static let day: Int64 = 86_400_000

    static func add(to router: inout Router<Screen>) {
        let path = "\(PageScreen.path)/deliveries"
        router.add(.get, path, .user(as: .subscribersManage) { .respond(try list($0)) })
        router.add(.post, "\(path)/retry", .user(as: .subscribersManage, retryAll))
        router.add(.post, "\(path)/{id}/retry", .user(as: .subscribersManage, retry))
        // Sending is paused on all pages at once.
        router.add(.post, "\(path)/pause", .user(as: .apiKeysManage) { try setPaused(true, $0) })
        router.add(.post, "\(path)/resume", .user(as: .apiKeysManage) { try setPaused(false, $0) })
    }

    private static func list(_ visit: Visit) throws -> Response {
        let page = try visit.page()
        guard page.isServed else { return SubscriberViews.none(visit, page, title: "Deliveries") }
        let query = visit.query
        let (found, status, hasFailed) = try visit.context.store.read { transaction in
            let found = try transaction.deliveries(
                of: page.id, subscriber: query["subscriber"].flatMap { ID($0) },
                state: query["status"].flatMap(Delivery.State.init),
                channel: query["channel"].flatMap(Subscriber.Channel.init), after: query["after"].flatMap { ID($0) },
                limit: pageSize + 1)
            let failed = try transaction.deliveries(of: page.id, state: .failed, limit: 1) ?? []
            return (try DeliveryList(found ?? [], in: transaction), try transaction.deliveryStatus(), !failed.isEmpty)
        }
        let older = found.deliveries.count > pageSize ? found.deliveries[pageSize - 1].id : nil
        return DeliveryViews.list(visit, page, found.first(pageSize), status, hasFailed: hasFailed, older: older)
    }

    private static func retry(_ visit: Visit) throws -> Outcome {
        let page = try visit.servedPage()
        guard let id = visit.parameters.last.flatMap({ ID<Delivery>($0) }) else { throw NotFound("delivery") }
        let target = visit.next ?? page.deliveriesPath
        return visit.write(as: .subscribersManage) { transaction, _ in
            guard try visit.context.publishing.find(id, in: transaction.reading).pageID == page.id else {
                throw NotFound("delivery")
            }
            _ = try visit.context.publishing.retry(id, in: transaction)
            return .redirect(target, .retried)
        }
    }

    private static func retryAll(_ visit: Visit) throws -> Outcome {
        let page = try visit.servedPage()
        let since = visit.now.advanced(byMilliseconds: -day)
        return proceed(with: FailedRetry(of: page, since: since, subscriber: nil), visit)
    }

    /// Retries in parts, so that other writes need not wait for all of them.
    private static func proceed(with retry: FailedRetry, _ visit: Visit) -> Outcome {
        visit.write(as: .subscribersManage) { transaction, _ in
            let next = try visit.context.publishing.proceed(with: retry, in: transaction)
            return next.isDone ? .redirect(next.page.deliveriesPath, .retried) : proceed(with: next, visit)
        }
    }

    private static func setPaused(_ isPaused: Bool, _ visit: Visit) throws -> Outcome {
        let page = try visit.servedPage()
        return visit.write(as: .apiKeysManage) { transaction, _ in
            try visit.context.publishing.setPaused(isPaused, in: transaction)
            return .redirect(page.deliveriesPath, isPaused ? .paused : .resumed)
        }
    }
}

/// Deliveries, with the updates that they are about and the subscribers that they go to.
struct DeliveryList: Sendable {
    private(set) var deliveries: [Delivery]
    private(set) var announcements: [ID<UpdateNotification>: Announcement] = [:]
    private(set) var subscribers: [ID<Subscriber>: Subscriber] = [:]

    init(_ deliveries: [Delivery], in transaction: ReadTransaction) throws {
        self.deliveries = deliveries
        for id in Set(deliveries.compactMap(\.notificationID)) {
            announcements[id] = try transaction.notification(id)?.announcement
        }
        for id in Set(deliveries.map(\.subscriberID)) { subscribers[id] = try transaction.subscriber(id) }
    }

    func first(_ count: Int) -> DeliveryList {
        var list = self
        list.deliveries = Array(deliveries.prefix(count))
        return list
    }
}
