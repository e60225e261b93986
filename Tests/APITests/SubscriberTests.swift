import HTTPTypes
import Publishing
import StatusPages
import Storage
import Testing

@testable import allclear

@Suite("Subscribers by API") struct SubscriberTests {
    private static let path = "/v2/status_page_subscribers"

    private static func body(_ members: String) -> String { #"{"status_page_id": "{acme}", \#(members)}"# }

    private func add(_ server: TestServer, _ members: String) throws -> TestResponse {
        try server.call(
            .post, Self.path, token: try server.token(.subscribersManage), body: Self.body(members))
    }

    @Test("An email address gets an email that asks for a confirmation", arguments: Transport.allCases)
    func mail(transport: Transport) throws {
        let server = try TestServer.mailing(transport)
        defer { server.remove() }
        let added = try add(server, #""channel": "email", "email": "Jo@example.com", "component_ids": ["{Login}"]"#)
        #expect(added.status == 201)
        #expect(added.string("/status_page_subscriber/state") == "pending")
        #expect(added.string("/status_page_subscriber/email") == "Jo@example.com")
        #expect(added.string("/secret") == nil)
        let id = try #require(added.string("/status_page_subscriber/id"))
        let deliveries = try server.call(
            .get, "/v2/status_page_deliveries?status_page_id={acme}&subscriber_id=\(id)",
            token: try server.token(.subscribersManage))
        #expect(deliveries.string("/status_page_deliveries/0/kind") == "confirmation")
        #expect(deliveries.string("/status_page_deliveries/0/message_id")?.hasSuffix(".\(id)@example.com>") == true)
        let again = try add(server, #""channel": "email", "email": "jo@EXAMPLE.com""#)
        #expect(again.status == 409)
        #expect(again.string("/errors/0/code") == "subscriber_exists")
        #expect(again.string("/errors/0/metadata/subscriber_id") == id)
        let listed = try server.call(
            .get, "\(Self.path)?status_page_id={acme}&email=JO@example.com", token: try server.token(.subscribersManage)
        )
        #expect(listed.string("/status_page_subscribers/0/id") == id)
        let others = try server.call(
            .get, "\(Self.path)?status_page_id={acme}&email=jo@example.com&channel=slack",
            token: try server.token(.subscribersManage))
        #expect(others.status == 200)
        #expect(others.string("/status_page_subscribers/0/id") == nil)
    }

    @Test("Webhooks and chats are active at once, and only webhooks have a secret")
    func endpoints() throws {
        let server = try TestServer()
        defer { server.remove() }
        for channel in ["webhook", "slack", "teams", "discord"] {
            let added = try add(server, #""channel": "\#(channel)", "url": "https://hooks.example.com/\#(channel)""#)
            #expect(added.status == 201, "\(added.text)")
            #expect(added.string("/status_page_subscriber/state") == "active")
            #expect((added.string("/secret") != nil) == (channel == "webhook"))
        }
    }

    @Test(
        "Every problem of a new subscriber is reported with its position",
        arguments: [
            ("\"name\": \"x\"", ["is_required /channel"]),
            (#""channel": "fax""#, ["invalid_value /channel"]),
            (#""channel": "email""#, ["is_required /email"]),
            (#""channel": "email", "email": "jo""#, ["invalid_format /email"]),
            (#""channel": "email", "email": "a@b.example\r\nRCPT TO:<c@d.example>""#, ["invalid_format /email"]),
            (#""channel": "email", "email": "a@b.example", "url": "https://b.example""#, ["invalid_value /url"]),
            (#""channel": "email", "email": "a@b.example", "format": "statuspage""#, ["invalid_value /format"]),
            (#""channel": "email", "email": "a@b.example", "name": """#, ["too_short /name"]),
            (#""channel": "email", "email": "a@b.example", "name": "\u2003 ""#, ["too_short /name"]),
            (
                #""channel": "email", "email": "a@b.example", "name": "\#(String(repeating: "x", count: 201))""#,
                ["too_long /name"]
            ),
            (#""channel": "slack""#, ["is_required /url"]),
            (#""channel": "slack", "url": "ftp://b.example""#, ["invalid_format /url"]),
            (#""channel": "webhook", "url": "https://127.1/""#, ["address_not_allowed /url"]),
            (#""channel": "webhook", "url": "https://[::ffff:10.0.0.1]/""#, ["address_not_allowed /url"]),
            (
                #""channel": "email", "email": "a@b.example", "component_ids": ["{Login}", "x"], "group_ids": ["y"]"#,
                ["unknown_component /component_ids/1", "unknown_component /group_ids/0"]
            ),
        ] as [(String, [String])])
    func faults(members: String, expected: [String]) throws {
        let server = try TestServer.mailing()
        defer { server.remove() }
        let answer = try add(server, members)
        #expect(answer.status == 422, "\(answer.text)")
        let found = (0..<expected.count).map { index in
            let code = answer.string("/errors/\(index)/code") ?? "-"
            return "\(code) \(answer.string("/errors/\(index)/source/pointer") ?? "-")"
        }
        #expect(found == expected, "\(answer.text)")
        #expect(try server.subscriptions().subscribers == [])
    }

    @Test("Without mail in the configuration no email address can be added")
    func noMail() throws {
        let server = try TestServer()
        defer { server.remove() }
        let answer = try add(server, #""channel": "email", "email": "jo@example.com""#)
        #expect(answer.status == 409)
        #expect(answer.string("/errors/0/code") == "mail_not_configured")
    }

    @Test("Other keys cannot read subscribers, but every key can read notifications")
    func roles() throws {
        let server = try TestServer.mailing()
        defer { server.remove() }
        let other = try server.token(.statusPagePublisher, .manageSettings, .apiKeysManage)
        for (method, path, body) in try server.subscriberRequests() {
            let answer = try server.call(method, path, token: other, body: body ?? "")
            let isOpen = path.hasPrefix("/v2/status_page_notifications")
            #expect(answer.status == (isOpen ? 200 : 403), "\(method) \(path)")
        }
    }

    @Test("A change replaces the scope, and empty lists mean the whole page")
    func change() throws {
        let server = try TestServer.mailing()
        defer { server.remove() }
        let subscriber = try server.subscribe("jo@example.com")
        let token = try server.token(.subscribersManage)
        let path = "\(Self.path)/\(subscriber.id)"
        let chosen = try server.call(
            .put, path, token: token, body: #"{"name": "Jo", "component_ids": ["{Login}"]}"#)
        #expect(chosen.string("/status_page_subscriber/component_ids/0") == server.ids["Login"])
        let blank = try server.call(.put, path, token: token, body: #"{"name": " "}"#)
        #expect(blank.string("/errors/0/code") == "too_short")
        #expect(blank.string("/errors/0/source/pointer") == "/name")
        let named = try server.call(.put, path, token: token, body: #"{"name": "Kim"}"#)
        #expect(named.string("/status_page_subscriber/component_ids/0") == server.ids["Login"])
        #expect(named.string("/status_page_subscriber/name") == "Kim")
        let whole = try server.call(.put, path, token: token, body: #"{"component_ids": []}"#)
        #expect(whole.status == 200)
        #expect(try server.subscriber("jo@example.com")?.scope == .wholePage)
    }

    @Test("An import adds what is valid, and reports every other row")
    func imports() throws {
        let server = try TestServer.mailing()
        defer { server.remove() }
        try server.subscribe("known@example.com")
        try server.subscribe("gone@example.com", .unsubscribed)
        try server.subscribe("broken@example.com", .quarantined)
        let rows = [
            #"{"email": "new@example.com"}"#, #"{"email": "NEW@example.com"}"#, #"{"email": "no"}"#, "{}",
            #"{"email": "x@example.com", "component_ids": ["y"]}"#,
            #"{"email": "known@example.com", "component_ids": ["{Login}"]}"#, #"{"email": "gone@example.com"}"#,
            #"{"email": "broken@example.com"}"#,
        ]
        let answer = try server.call(
            .post, "\(Self.path)/actions/import", token: try server.token(.subscribersManage),
            body: Self.body(#""confirmed": true, "subscribers": [\#(rows.joined(separator: ", "))]"#))
        #expect(answer.status == 200, "\(answer.text)")
        let expected = [
            (1, "duplicate"), (2, "invalid_format"), (3, "invalid_format"), (4, "unknown_component"),
            (6, "unsubscribed"), (7, "quarantined"),
        ]
        for (place, (index, code)) in expected.enumerated() {
            #expect(answer.text.contains(#"{"code":"\#(code)","index":\#(index)}"#), "\(place): \(answer.text)")
        }
        #expect(answer.text.contains(#""imported":1"#) && answer.text.contains(#""updated":1"#))
        #expect(try server.subscriber("new@example.com")?.state == .active)
        #expect(try server.subscriber("gone@example.com")?.state == .unsubscribed)
        let known = try #require(try server.subscriber("known@example.com"))
        #expect(known.scope == .chosen(SubscriptionScope.Choice(components: [try server.component("Login")])))
    }

    @Test(
        "An import needs at least one row",
        arguments: [
            (#""confirmed": true, "subscribers": []"#, "too_short"), (#""confirmed": true"#, "is_required"),
            (#""confirmed": true, "subscribers": {}"#, "invalid_type"),
        ])
    func emptyImport(members: String, code: String) throws {
        let server = try TestServer.mailing()
        defer { server.remove() }
        let answer = try server.call(
            .post, "\(Self.path)/actions/import", token: try server.token(.subscribersManage), body: Self.body(members))
        #expect(answer.status == 422)
        #expect(answer.string("/errors/0/code") == code)
        #expect(answer.string("/errors/0/source/pointer") == "/subscribers")
        #expect(answer.string("/errors/1/code") == nil)
    }

    @Test("No import and no sign-up by API brings back an address that was erased")
    func erased() throws {
        let server = try TestServer.mailing()
        defer { server.remove() }
        let subscriber = try server.subscribe("gone@example.com", .unsubscribed)
        try server.application.store.write { transaction in
            let key = try transaction.reading.subscriptionKey()
            try transaction.eraseAddress(
                of: subscriber.id, hash: SubscriptionHash.of("gone@example.com", .email, key: key))
        }
        let answer = try server.call(
            .post, "\(Self.path)/actions/import", token: try server.token(.subscribersManage),
            body: Self.body(#""confirmed": true, "subscribers": [{"email": "Gone@example.com"}]"#))
        #expect(answer.text.contains(#""code":"unsubscribed""#), "\(answer.text)")
        let added = try add(server, #""channel": "email", "email": "gone@example.com", "confirmed": true"#)
        #expect(added.string("/errors/0/code") == "subscriber_exists")
    }

    @Test("Actions that the subscriber's state does not allow are conflicts, and change nothing")
    func conflicts() throws {
        let server = try TestServer.mailing()
        defer { server.remove() }
        let active = try server.subscribe("jo@example.com")
        let gone = try server.subscribe("gone@example.com", .unsubscribed)
        let token = try server.token(.subscribersManage)
        for (subscriber, action) in [
            (active, "resend_confirmation"), (active, "reactivate"), (active, "rotate_secret"), (gone, "reactivate"),
            (gone, "test"),
        ] {
            let answer = try server.call(.post, "\(Self.path)/\(subscriber.id)/actions/\(action)", token: token)
            #expect(answer.status == 409, "\(action): \(answer.text)")
            #expect(answer.string("/errors/0/code") == "wrong_state")
        }
        #expect(try server.subscriber("jo@example.com") == active)
        #expect(try server.subscriber("gone@example.com") == gone)
    }

    @Test("One hard bounce or three soft ones quarantine a subscriber; a complaint unsubscribes it")
    func bounces() throws {
        let server = try TestServer.mailing()
        defer { server.remove() }
        let token = try server.token(.subscribersManage)
        func report(_ type: String, of address: String) throws -> String? {
            let subscriber = try #require(try server.subscriber(address))
            let answer = try server.call(
                .post, "\(Self.path)/\(subscriber.id)/actions/report_bounce", token: token,
                body: #"{"type": "\#(type)", "detail": "5.1.1"}"#)
            return answer.string("/status_page_subscriber/state")
        }
        for name in ["hard", "soft", "complaint"] { try server.subscribe("\(name)@example.com") }
        #expect(try report("hard", of: "hard@example.com") == "quarantined")
        #expect(try report("soft", of: "soft@example.com") == "active")
        #expect(try report("soft", of: "soft@example.com") == "active")
        #expect(try report("soft", of: "soft@example.com") == "quarantined")
        #expect(try report("complaint", of: "complaint@example.com") == "unsubscribed")
        let chat = try add(server, #""channel": "slack", "url": "https://hooks.example.com/x""#)
        let id = try #require(chat.string("/status_page_subscriber/id"))
        let refused = try server.call(
            .post, "\(Self.path)/\(id)/actions/report_bounce", token: token, body: #"{"type": "hard"}"#)
        #expect(refused.status == 409)
        #expect(
            refused.string("/errors/0/message")
                == "A subscriber by slack must not have a bounce, because only emails bounce.")
    }

    @Test("A complaint about a confirmation email cancels the next one")
    func complaint() throws {
        let server = try TestServer.mailing()
        defer { server.remove() }
        let added = try add(server, #""channel": "email", "email": "jo@example.com""#)
        let id = try #require(added.string("/status_page_subscriber/id"))
        let token = try server.token(.subscribersManage)
        _ = try server.call(
            .post, "\(Self.path)/\(id)/actions/report_bounce", token: token, body: #"{"type": "complaint"}"#)
        let list = try server.call(
            .get, "/v2/status_page_deliveries?status_page_id={acme}&subscriber_id=\(id)", token: token)
        #expect(list.string("/status_page_deliveries/0/kind") == "confirmation")
        #expect(list.string("/status_page_deliveries/0/state") == "cancelled")
    }

    @Test("One address gets three confirmation emails a day")
    func resending() throws {
        let server = try TestServer.mailing()
        defer { server.remove() }
        let added = try add(server, #""channel": "email", "email": "jo@example.com""#)
        let id = try #require(added.string("/status_page_subscriber/id"))
        let token = try server.token(.subscribersManage)
        let statuses = try (0..<3).map { _ in
            try server.call(.post, "\(Self.path)/\(id)/actions/resend_confirmation", token: token).status
        }
        #expect(statuses == [200, 200, 429])
    }

    @Test("After the limit of emails is reached, the answer says when the oldest one will be a day old")
    func waitingForMail() throws {
        let server = try TestServer.mailing { $0.subscribers.mailsPerAddress = 2 }
        defer { server.remove() }
        let added = try add(server, #""channel": "email", "email": "jo@example.com""#)
        let id = try #require(added.string("/status_page_subscriber/id"))
        let first = try #require(try server.subscriptions().deliveries.first)
        // The first email was made 23 hours ago.
        let older = Delivery(
            id: ID(IDSource().next()), pageID: first.pageID, subscriberID: first.subscriberID, channel: .email,
            kind: .confirmation, details: first.details,
            createdAt: Clock.now().advanced(byMilliseconds: -23 * 3_600_000))
        try server.application.store.write { try $0.insert(older) }
        let refused = try server.call(
            .post, "\(Self.path)/\(id)/actions/resend_confirmation", token: try server.token(.subscribersManage))
        #expect(refused.status == 429)
        let seconds = try #require(refused.field("Retry-After").flatMap { Int($0) })
        #expect((3_000...3_600).contains(seconds))
    }

    @Test("Reactivating an address that was never confirmed asks for the confirmation again")
    func reactivating() throws {
        let server = try TestServer.mailing { $0.subscribers.mailsPerAddress = 2 }
        defer { server.remove() }
        let token = try server.token(.subscribersManage)
        let id = try #require(
            try add(server, #""channel": "email", "email": "jo@example.com""#).string("/status_page_subscriber/id"))
        func act(_ action: String, _ body: String = "") throws -> TestResponse {
            try server.call(.post, "\(Self.path)/\(id)/actions/\(action)", token: token, body: body)
        }
        #expect(try act("report_bounce", #"{"type": "hard"}"#).string("/status_page_subscriber/state") == "quarantined")
        let asked = try act("reactivate")
        #expect(asked.status == 200, "\(asked.text)")
        #expect(asked.string("/status_page_subscriber/state") == "pending")
        #expect(asked.string("/status_page_subscriber/reason") == nil)
        #expect(asked.string("/status_page_subscriber/quarantined_at") == nil)
        #expect(try server.subscriptions().deliveries.map(\.kind) == [.confirmation, .confirmation])
        _ = try act("report_bounce", #"{"type": "hard"}"#)
        let before = try server.subscriptions()
        let refused = try act("reactivate")
        #expect(refused.status == 429)
        #expect(refused.field("Retry-After") != nil)
        let after = try server.subscriptions()
        #expect(after.subscribers == before.subscribers && after.deliveries == before.deliveries)

        var confirmed = try #require(try server.subscriber("jo@example.com"))
        confirmed.confirm(at: Clock.now())
        confirmed.quarantine(at: Clock.now(), reason: "no mailbox")
        try server.application.store.write { try $0.save(confirmed) }
        #expect(try act("reactivate").string("/status_page_subscriber/state") == "active")
    }

    @Test("All pages together send one address a few emails a day, however it is added")
    func limitOfMails() throws {
        let server = try TestServer.mailing { $0.subscribers.mailsPerAddress = 1 }
        defer { server.remove() }
        #expect(try add(server, #""channel": "email", "email": "jo@example.com""#).status == 201)
        let token = try server.token(.subscribersManage)
        let other = try server.page("clients").id
        let refused = try server.call(
            .post, Self.path, token: token,
            body: #"{"status_page_id": "\#(other)", "channel": "email", "email": "JO@example.com"}"#)
        #expect(refused.status == 429, "\(refused.text)")
        #expect(refused.field("Retry-After") != nil)
        #expect(try server.subscriber("jo@example.com", page: "clients") == nil)
        let imported = try server.call(
            .post, "\(Self.path)/actions/import", token: token,
            body: """
                {"status_page_id": "\(other)", "confirmed": false,
                 "subscribers": [{"email": "jo@example.com"}, {"email": "new@example.com"}]}
                """)
        #expect(imported.text.contains(#""imported":2"#), "\(imported.text)")
        #expect(try server.subscriber("jo@example.com", page: "clients")?.state == .pending)
        let sent = try server.application.store.read { try $0.deliveries(of: other, limit: 10) } ?? []
        #expect(sent.map(\.subscriberID) == [try server.subscriber("new@example.com", page: "clients")?.id])
        // Somebody who has agreed already gets no email, so the limit does not matter.
        let confirmed = try server.call(
            .post, Self.path, token: token,
            body: #"{"status_page_id": "{acme}", "channel": "email", "email": "new@example.com", "confirmed": true}"#)
        #expect(confirmed.status == 201)
    }

    @Test("Deleting a subscriber deletes everything that was sent to it")
    func deleting() throws {
        let server = try TestServer.mailing()
        defer { server.remove() }
        let added = try add(server, #""channel": "email", "email": "jo@example.com""#)
        let id = try #require(added.string("/status_page_subscriber/id"))
        let token = try server.token(.subscribersManage)
        #expect(try server.call(.delete, "\(Self.path)/\(id)", token: token).status == 204)
        #expect(try server.call(.delete, "\(Self.path)/\(id)", token: token).status == 404)
        let stored = try server.subscriptions()
        #expect(stored.subscribers == [] && stored.deliveries == [])
    }

    @Test("A subscriber can be deleted even if its page is archived or internal", arguments: [true, false])
    func deletingOnGonePage(isArchived: Bool) throws {
        let server = try TestServer.mailing()
        defer { server.remove() }
        let subscriber = try server.subscribe("jo@example.com", page: "clients")
        var page = testPages[1]
        page.kind = .internal
        let declared = isArchived ? [testPages[0]] : [testPages[0], page]
        #expect(
            server.reload {
                $0.pages = declared
                $0.allowsArchiving = true
            })
        let path = "\(Self.path)/\(subscriber.id)"
        let token = try server.token(.subscribersManage)
        #expect(try server.call(.get, path, token: token).status == 404)
        #expect(try server.call(.delete, path, token: token).status == 204)
        #expect(try server.application.store.read { try $0.subscriber(subscriber.id) } == nil)
        #expect(try server.call(.delete, path, token: token).status == 404)
    }
}

@Suite("Notifications of updates") struct NotificationTests {
    @Test("The answer says how many subscribers are notified, and the list shows the update")
    func told() throws {
        let server = try TestServer.mailing()
        defer { server.remove() }
        try server.subscribe("jo@example.com")
        try server.subscribe("pending@example.com", .pending)
        let silent = try server.publish(.post, "/v2/status_page_incidents", Body.incident(key: "a"))
        #expect(silent.field("Allclear-Notified") == "0")
        let loud = try server.publish(
            .post, "/v2/status_page_incidents",
            Body.incident(key: "b").replacing("\"notify_subscribers\": false", with: "\"notify_subscribers\": true"))
        #expect(loud.field("Allclear-Notified") == "1")
        let incident = try #require(loud.string("/status_page_incident/id"))
        let listed = try server.get("/v2/status_page_notifications?status_page_id={acme}")
        #expect(listed.string("/status_page_notifications/0/status_page_incident_id") == incident)
        #expect(listed.string("/status_page_notifications/1/id") == nil)
        let renamed = try server.publish(.put, "/v2/status_page_incidents/\(incident)", #"{"name": "Other"}"#)
        #expect(renamed.field("Allclear-Notified") == nil)
    }

    @Test("A repeated idempotency key notifies nobody again")
    func replay() throws {
        let server = try TestServer.mailing()
        defer { server.remove() }
        try server.subscribe("jo@example.com")
        let body = Body.incident(key: "a").replacing(
            "\"notify_subscribers\": false", with: "\"notify_subscribers\": true")
        for _ in 0..<2 {
            #expect(try server.publish(.post, "/v2/status_page_incidents", body).status == 201)
        }
        let page = try server.page().id
        #expect(try server.application.store.read { try $0.notifications(of: page, limit: 10)?.count } == 1)
    }

    @Test("More subscribers than a request may notify are an error, and nothing is published")
    func tooMany() throws {
        let server = try TestServer.mailing { $0.subscribers.maxForAPINotification = 1 }
        defer { server.remove() }
        for name in ["a", "b"] { try server.subscribe("\(name)@example.com") }
        let body = Body.incident(key: "a").replacing(
            "\"notify_subscribers\": false", with: "\"notify_subscribers\": true")
        let answer = try server.publish(.post, "/v2/status_page_incidents", body)
        #expect(answer.status == 422)
        #expect(answer.string("/errors/0/code") == "too_many_subscribers")
        #expect(answer.string("/errors/0/source/pointer") == "/notify_subscribers")
        let listed = try server.get("/v2/status_page_incidents?status_page_id={acme}")
        #expect(listed.string("/status_page_incidents/0/id") == nil)
    }

    @Test("Deleting an event cancels what waits to be sent about it")
    func deleted() throws {
        let server = try TestServer.mailing()
        defer { server.remove() }
        try server.subscribe("jo@example.com")
        let body = Body.incident(key: "a").replacing(
            "\"notify_subscribers\": false", with: "\"notify_subscribers\": true")
        let incident = try #require(
            try server.publish(.post, "/v2/status_page_incidents", body).string("/status_page_incident/id"))
        #expect(try server.publish(.delete, "/v2/status_page_incidents/\(incident)", "").status == 204)
        #expect(try server.application.store.read { try $0.deliveryStatus().pendingNotifications } == 0)
    }
}
