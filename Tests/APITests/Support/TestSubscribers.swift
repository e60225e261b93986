import HTTPTypes
import Publishing
import StatusPages
import Storage
import Testing

@testable import allclear

extension HTTPFields {
    /// The fields of a browser that sends a form.
    static let form: HTTPFields = [
        .contentType: "application/x-www-form-urlencoded", .accept: "text/html,application/xhtml+xml",
    ]
    static let json: HTTPFields = [.contentType: "application/json", .accept: "application/json"]
}

extension TestServer {
    /// A server that can send mail, and that lets one client sign up often.
    static func mailing(
        _ transport: Transport = .inProcess, configure: (inout Configuration) -> Void = { _ in }
    ) throws -> TestServer {
        try TestServer(transport) { configuration in
            configuration.subscribers.sender = Mailbox("status@example.com")
            configuration.subscribers.signUpsPerClient = 1_000
            configuration.subscribers.signUpsPerMinute = 1_000
            configure(&configuration)
        }
    }

    func page(_ slug: String = "acme") throws -> StatusPage {
        try #require(application.site.pages.first { $0.slug == slug })
    }

    func component(_ name: String) throws -> ID<Component> {
        let text = try #require(ids[name])
        return try #require(ID(text))
    }

    /// Sends a form as a browser does.
    @discardableResult
    func send(
        _ body: String, to path: String = "/acme/subscribe", fields: HTTPFields = .form, host: String = "localhost"
    ) throws -> TestResponse {
        try call(.post, path, token: nil, fields: fields, host: host, body: body)
    }

    func subscriber(_ address: String, page slug: String = "acme") throws -> Subscriber? {
        let page = try page(slug)
        return try application.store.read { try $0.subscriber(of: page.id, .email, addressKey: address) }
    }

    /// Everything in the database that the sign-up form and links in emails can change.
    func subscriptions() throws -> (subscribers: [Subscriber], deliveries: [Delivery]) {
        let page = try page()
        return try application.store.read { transaction in
            (
                try transaction.subscribers(of: page.id, limit: 1_000) ?? [],
                try transaction.deliveries(of: page.id, limit: 1_000) ?? []
            )
        }
    }

    /// Stores a subscriber in a state.
    @discardableResult
    func subscribe(
        _ address: String, _ state: Subscriber.State = .active, scope: SubscriptionScope = .wholePage,
        page slug: String = "acme"
    ) throws -> Subscriber {
        let now = Clock.now()
        var subscriber = Subscriber(
            id: ID(IDSource().next()), pageID: try page(slug).id, channel: .email, state: .pending, address: address,
            scope: scope, source: .api, createdAt: now)
        switch state {
        case .pending: break
        case .active: subscriber.confirm(at: now)
        case .quarantined: subscriber.quarantine(at: now, reason: "no mailbox")
        case .unsubscribed: subscriber.unsubscribe(at: now)
        }
        try application.store.write { try $0.insert(subscriber) }
        return subscriber
    }

    /// The text of a token.
    /// - Parameter hours: from now until it expires; nil for one that does not.
    func linkToken(
        _ purpose: SubscriptionToken.Purpose, of subscriber: Subscriber, hours: Int64? = nil, page slug: String? = nil
    ) throws -> String {
        let page = try slug.map { try self.page($0).id } ?? subscriber.pageID
        let expiry = hours.map { Clock.now().advanced(byMilliseconds: $0 * 3_600_000) }
        return try application.store.read { transaction in
            SubscriptionToken(purpose, of: subscriber.id, expiresAt: expiry).text(
                for: page, key: try transaction.subscriptionKey())
        }
    }
}

extension TestServer {
    /// A successful request for each route of subscribers and deliveries. The requests must be sent in this order.
    func subscriberRequests() throws -> [(method: HTTPRequest.Method, path: String, body: String?)] {
        let subscribers = "/v2/status_page_subscribers"
        let deliveries = "/v2/status_page_deliveries"
        let token = try token(.subscribersManage)
        let hook = try call(
            .post, subscribers, token: token,
            body: #"{"status_page_id": "{acme}", "channel": "webhook", "url": "https://hooks.example.com/a"}"#)
        let webhook = "\(subscribers)/\(try #require(hook.string("/status_page_subscriber/id")))"
        let pending = "\(subscribers)/\(try subscribe("pending@example.com", .pending).id)"
        let subscriber = try subscribe("away@example.com", .quarantined)
        let quarantined = "\(subscribers)/\(subscriber.id)"
        let failed = Delivery(
            id: ID(IDSource().next()), pageID: subscriber.pageID, subscriberID: subscriber.id, channel: .email,
            kind: .manage, details: Delivery.Details(pageName: "Acme", pageURL: "https://status.example.com"),
            state: .failed, createdAt: Clock.now(), lastResponse: Delivery.Response(code: 550, text: "5.7.1 no"))
        try application.store.write { try $0.insert(failed) }
        return [
            (.post, subscribers, #"{"status_page_id": "{acme}", "channel": "email", "email": "jo@example.com"}"#),
            (
                .post, "\(subscribers)/actions/import",
                #"{"status_page_id": "{acme}", "confirmed": true, "subscribers": [{"email": "kim@example.com"}, {}]}"#
            ),
            (.get, "\(subscribers)?status_page_id={acme}", nil), (.get, webhook, nil),
            (.put, webhook, #"{"name": "Operations", "component_ids": ["{Login}"]}"#),
            (.post, "\(pending)/actions/resend_confirmation", nil),
            (.post, "\(quarantined)/actions/reactivate", nil),
            (.post, "\(pending)/actions/report_bounce", #"{"type": "soft", "detail": "mailbox full"}"#),
            (.post, "\(webhook)/actions/rotate_secret", "{}"), (.post, "\(webhook)/actions/test", nil),
            (.get, "\(deliveries)?status_page_id={acme}", nil), (.get, "\(deliveries)/\(failed.id)", nil),
            (.post, "\(deliveries)/\(failed.id)/actions/retry", nil),
            (
                .post, "\(deliveries)/actions/retry",
                #"{"status_page_id": "{acme}", "since": "2020-01-01T00:00:00Z"}"#
            ),
            (.get, "/v2/status_page_delivery_status", nil),
            (.put, "/v2/status_page_delivery_status", #"{"paused": false}"#),
            (.get, "/v2/status_page_notifications?status_page_id={acme}", nil), (.delete, pending, nil),
        ]
    }
}
