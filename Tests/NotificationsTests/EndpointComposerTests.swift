import Foundation
import StatusPages
import Testing

@testable import Notifications

@Suite("Calls to webhooks and chats")
struct EndpointComposerTests {
    private static let composer = EndpointComposer(
        EndpointComposer.APIBodies(
            event: { event in Array("{\"name\":\"\(event.name)\"}".utf8) },
            lastUpdate: { _ in Array("{\"message\":\"last\"}".utf8) }))
    private static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLjSw"

    private func call(
        _ channel: Subscriber.Channel, _ notifications: [UpdateNotification], format: Subscriber.Format? = nil,
        kind: Delivery.Kind = .update, event: PageEvent? = Fixtures.incident(["a", "b"]),
        hidden: Set<ID<Component>> = []
    ) throws -> Call {
        let subscriber = Fixtures.subscriber(
            channel, address: "https://hooks.example.com/x", format: format,
            secrets: channel == .webhook ? Subscriber.Secrets(current: Self.secret) : nil)
        return try Self.composer.call(
            for: Fixtures.delivery(kind, channel), to: subscriber, notifications: notifications, event: event,
            pageStatus: EndpointComposer.PageStatus(
                indicator: "minor", description: "Minor Service Outage", hidden: hidden),
            key: Fixtures.key, at: Fixtures.time)
    }

    private func json(_ call: Call) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(call.body)) as? [String: Any])
    }

    // MARK: Webhooks

    @Test("The signature is that of Standard Webhooks' reference library for Python")
    func signature() {
        let fields = WebhookSignature(
            of: Array(#"{"test": 2432232314}"#.utf8), id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
            at: Timestamp(milliseconds: 1_614_265_330_999), secrets: [Self.secret, "whsec_AAAA"]
        ).fields
        #expect(fields[0] == ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"))
        #expect(fields[1] == ("webhook-timestamp", "1614265330"))
        let signatures = fields[2].value.split(separator: " ")
        #expect(signatures.first == "v1,q6KMVIJHk4Gs770FfR5f591Ftx7uVJSGl5wHV1ri978=")
        #expect(signatures.count == 2)
    }

    @Test("incident.io's format has the event and the update as the API shows them")
    func incidentIO() throws {
        let call = try call(.webhook, [Fixtures.notification()], format: .incidentIO)
        #expect(
            String(decoding: call.body, as: UTF8.self)
                == #"{"event_type":"status_page_incident.update_shared_v1","status_page_incident.update_shared_v1":"#
                + #"{"status_page_incident":{"name":"Renamed later"},"update":{"message":"last"}}}"#)
        #expect(
            call.fields.map(\.name)
                == ["Content-Type", "User-Agent", "webhook-id", "webhook-timestamp", "webhook-signature"])
        #expect(call.fields[0].value == "application/json")
        #expect(call.fields[1].value == "Allclear")
        #expect(call.fields[2].value == Fixtures.delivery(.update).id.description)
        let maintenance = try json(
            try self.call(.webhook, [Fixtures.notification(status: "maintenance_scheduled", kind: .maintenance)]))
        #expect(maintenance["event_type"] as? String == "status_page_maintenance.update_shared_v1")
    }

    @Test("A test of a webhook has the page")
    func test() throws {
        let body = try json(try call(.webhook, [], kind: .test, event: nil))
        #expect(body["event_type"] as? String == "status_page.test_v1")
        let page = try #require((body["status_page.test_v1"] as? [String: [String: String]])?["status_page"])
        #expect(page == ["id": "\(Fixtures.page)", "name": "Acme Status", "public_url": Fixtures.pageURL])
        let statuspage = try json(try call(.webhook, [], format: .statuspage, kind: .test, event: nil))
        #expect(Set(statuspage.keys) == ["meta", "page"])
    }

    @Test("Statuspage's format has the announced name, and every update, newest first")
    func statuspage() throws {
        let body = try json(try call(.webhook, [Fixtures.notification()], format: .statuspage))
        let meta = try #require(body["meta"] as? [String: String])
        #expect(meta["unsubscribe"]?.hasPrefix("https://status.acme.example/subscriptions/") == true)
        #expect(meta["unsubscribe"]?.hasSuffix("/unsubscribe") == true)
        #expect(
            body["page"] as? [String: String] == [
                "id": "\(Fixtures.page)", "status_indicator": "minor", "status_description": "Minor Service Outage",
            ])
        let incident = try #require(body["incident"] as? [String: Any])
        #expect(
            Set(incident.keys)
                == ["id", "name", "status", "impact", "shortlink", "created_at", "incident_updates"])
        #expect(incident["name"] as? String == "Logins fail")
        #expect(incident["status"] as? String == "investigating")
        #expect(incident["impact"] as? String == "major")
        let updates = try #require(incident["incident_updates"] as? [[String: String]])
        #expect(updates.map { $0["body"] } == ["b", "a"])
        #expect(Set(updates[0].keys) == ["id", "status", "body", "created_at", "display_at"])
        let hidden = try json(
            try call(.webhook, [Fixtures.notification()], format: .statuspage, hidden: [Fixtures.id(50)]))
        #expect((hidden["incident"] as? [String: Any])?["impact"] as? String == "none")
    }

    @Test("A call without its event, its secret or an announcement is not composed")
    func incomplete() {
        for format in [Subscriber.Format.incidentIO, .statuspage] {
            #expect(throws: EndpointComposer.Incomplete.self) {
                try call(.webhook, [Fixtures.notification()], format: format, event: nil)
            }
        }
        #expect(throws: EndpointComposer.Incomplete.self) { try call(.slack, []) }
        #expect(throws: EndpointComposer.Incomplete.self) { try call(.email, [Fixtures.notification()]) }
    }

    // MARK: Chats

    @Test("Slack gets escaped text that notifies nobody")
    func slack() throws {
        let notification = Fixtures.notification(
            name: "a & b <!channel> @here", message: "**Bold** <@U1> a@b.example @channel [x](https://x.example/?a&b)")
        let body = try json(try call(.slack, [notification, Fixtures.notification(4, status: "identified")]))
        #expect(body["text"] as? String == "[Acme Status] Investigating: a &amp; b &lt;!channel&gt; @\u{200B}here")
        let attachments = try #require(body["attachments"] as? [[String: String]])
        #expect(attachments.count == 2)
        #expect(Set(attachments[0].keys) == ["fallback", "color", "title", "title_link", "text", "footer"])
        let text = try #require(attachments[0]["text"])
        #expect(text.hasPrefix("Bold &lt;@\u{200B}U1&gt; a@b.example @\u{200B}channel x (https://x.example/?a&amp;b)"))
        #expect(attachments[1]["title"] == "Identified: Logins fail")
        #expect(attachments[0]["color"] == "#e03131")
    }

    @Test(
        "A card for Teams is at most 28 KB, whatever the announcement contains",
        arguments: ["x", "\u{1}", "漢", "🔥", "\"", "\n", "<", "@"])
    func teams(filler: String) throws {
        let long = String(repeating: filler, count: 4_096)
        let notifications = (0..<20).map {
            Fixtures.notification($0 + 10, name: String(repeating: filler, count: 200), message: "a" + long)
        }
        let call = try call(.teams, notifications)
        #expect(call.body.count <= 28_000)
        #expect(try json(call)["type"] as? String == "message")
        let small = try json(try self.call(.teams, [Fixtures.notification(message: "One\n\nTwo @all")]))
        let card = try #require((small["attachments"] as? [[String: Any]])?.first?["content"] as? [String: Any])
        #expect(card["version"] as? String == "1.4")
        let blocks = try #require(card["body"] as? [[String: Any]])
        #expect((blocks.last?["text"] as? String)?.hasPrefix("One\n\n\n\nTwo @\u{200B}all") == true)
    }

    @Test("Discord gets embeds within its limits, and no mentions")
    func discord() throws {
        let notifications = (0..<20).map {
            Fixtures.notification(
                $0 + 10, name: String(repeating: "n", count: 200), message: String(repeating: "漢", count: 4_096),
                affected: [Announcement.Affected(name: String(repeating: "c", count: 200), status: .fullOutage)])
        }
        let body = try json(try call(.discord, notifications))
        #expect((body["allowed_mentions"] as? [String: [String]]) == ["parse": []])
        let embeds = try #require(body["embeds"] as? [[String: Any]])
        #expect(embeds.count <= 10)
        let texts = embeds.flatMap { [$0["title"] as? String ?? "", $0["description"] as? String ?? ""] }
        #expect(texts.map(\.utf16.count).reduce(0, +) <= 6_000)
        #expect(embeds.allSatisfy { ($0["title"] as? String ?? "").count <= 256 && $0["color"] as? Int == 0xE03131 })
    }

    @Test("A test of a chat names the page", arguments: [Subscriber.Channel.slack, .teams, .discord])
    func chatTest(channel: Subscriber.Channel) throws {
        let text = String(decoding: try call(channel, [], kind: .test, event: nil).body, as: UTF8.self)
        #expect(text.contains("This is a test"))
        #expect(text.contains(Fixtures.pageURL))
    }
}
