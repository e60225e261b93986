import HTTPTypes
import JSONInput
import StatusPages
import TestSupport
import Testing

@testable import allclear

@Suite("Changing the text of an update through the API")
struct UpdateEditTests {
    /// Incidents or maintenances. Their names in the API differ.
    struct Kind: CustomTestStringConvertible, Sendable {
        let noun: String
        var testDescription: String { noun }
        var member: String { "/status_page_\(noun)" }
        var events: String { "/v2/status_page_\(noun)s" }
        var updates: String { "/v2/status_page_\(noun)_updates" }
        /// The pointer to the event in the widget.
        var shown: String { noun == "incident" ? "/ongoing_incidents/0" : "/scheduled_maintenances/0" }

        func make(_ server: TestServer, key: String = "a") throws -> String {
            noun == "incident" ? try server.declare(key: key) : try server.schedule(key: key)
        }

        func publish(_ server: TestServer, to event: String) throws -> String {
            let response =
                noun == "incident" ? try server.update(event) : try server.updateMaintenance(event)
            return try #require(response.string("\(member)_update/id"))
        }
    }

    static let kinds = [Kind(noun: "incident"), Kind(noun: "maintenance")]

    @Test("Only the text changes, everywhere", arguments: kinds, Transport.allCases)
    func edit(kind: Kind, transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let event = try kind.make(server)
        let update = try kind.publish(server, to: event)
        let before = try server.get("\(kind.events)/\(event)")
        #expect(before.json("\(kind.member)/updates/1/edited_at") == nil)
        let widget = try server.widget()
        let tag = try #require(widget.fields[.eTag])

        let answer = try server.publish(.put, "\(kind.updates)/\(update)", #"{"message": "Mended *text*."}"#)
        #expect(answer.status == 200)
        #expect(answer.string("\(kind.member)_update/message") == "Mended *text*.")
        let edited = try #require(answer.string("\(kind.member)_update/edited_at"))
        let published = try #require(before.string("\(kind.member)/updates/1/published_at"))
        #expect(edited >= published)

        // Everything else is unchanged.
        guard case .object(var expected)? = before.json("\(kind.member)/updates/1") else {
            Issue.record("there is no second update")
            return
        }
        expected["message"] = .string("Mended *text*.")
        expected["edited_at"] = .string(edited)
        #expect(answer.json("\(kind.member)_update") == .object(expected))
        let after = try server.get("\(kind.events)/\(event)")
        #expect(after.json("\(kind.member)/updates/1") == .object(expected))
        #expect(after.json("\(kind.member)/updates/0") == before.json("\(kind.member)/updates/0"))
        #expect(after.count("\(kind.member)/updates") == 2)

        let shown = try server.widget(fields: [.ifNoneMatch: tag])
        #expect(shown.status == 200)
        #expect(shown.string("\(kind.shown)/last_update_message") == "Mended *text*.")
        #expect(shown.string("\(kind.shown)/last_update_at") == widget.string("\(kind.shown)/last_update_at"))

        // The same request again changes nothing.
        let again = try server.publish(.put, "\(kind.updates)/\(update)", #"{"message": "Mended *text*."}"#)
        #expect(again.json() == answer.json())
        #expect(try server.widget(fields: [.ifNoneMatch: try #require(shown.fields[.eTag])]).status == 304)
    }

    @Test("Updates of ended events can be edited, including the first", arguments: kinds)
    func over(kind: Kind) throws {
        let server = try TestServer()
        defer { server.remove() }
        let event = try kind.make(server)
        if kind.noun == "incident" {
            try server.update(event, #""incident_status": "resolved""#)
        } else {
            try server.updateMaintenance(event, #""maintenance_status": "maintenance_complete""#)
        }
        for index in 0...1 {
            let place = "\(kind.member)/updates/\(index)"
            let update = try #require(try server.get("\(kind.events)/\(event)").string("\(place)/id"))
            #expect(try server.publish(.put, "\(kind.updates)/\(update)", #"{"message": "x"}"#).status == 200)
            #expect(try server.get("\(kind.events)/\(event)").string("\(place)/message") == "x")
        }
    }

    @Test(
        "The text follows the rules of publishing",
        arguments: [
            ("{}", 422, ["is_required /message"]), (#"{"message": null}"#, 422, ["is_required /message"]),
            (#"{"message": " "}"#, 422, ["too_short /message"]), (#"{"message": 5}"#, 422, ["invalid_type /message"]),
            ("{\"message\": \"\(String(repeating: "x", count: 4_097))\"}", 422, ["too_long /message"]),
            (#"{"message": "a\u0000"}"#, 422, ["invalid_value /message"]), ("no JSON", 400, ["invalid_json"]),
        ])
    func validation(body: String, status: Int, errors: [String]) throws {
        let server = try TestServer()
        defer { server.remove() }
        for kind in Self.kinds {
            let event = try kind.make(server)
            let update = try kind.publish(server, to: event)
            let before = try server.get("\(kind.events)/\(event)").json()
            let response = try server.publish(.put, "\(kind.updates)/\(update)", body)
            #expect(response.status == status)
            #expect(response.errors == errors)
            #expect(try server.get("\(kind.events)/\(event)").json() == before)
        }
    }

    @Test("An unknown update gets 404 before the body is checked", arguments: kinds)
    func unknown(kind: Kind) throws {
        let server = try TestServer()
        defer { server.remove() }
        let event = try kind.make(server)
        let other = try #require(Self.kinds.first { $0.noun != kind.noun })
        let foreign = try other.publish(server, to: try other.make(server, key: "b"))
        for id in ["unknown", "01ARZ3NDEKTSV4RRFFQ69G5FAV", event, foreign] {
            let response = try server.publish(.put, "\(kind.updates)/\(id)", "no JSON")
            #expect(response.status == 404)
            #expect(response.errors == ["not_found"])
        }
        #expect(try server.publish(.get, "\(kind.updates)/\(event)", "").fields[.allow] == "PUT")
    }

    @Test("An edit requires the publisher role and an event on a visible page", arguments: kinds)
    func access(kind: Kind) throws {
        let server = try TestServer()
        defer { server.remove() }
        let update = try kind.publish(server, to: try kind.make(server))
        let reader = try server.token(.statusPageViewer, .manageSettings, .apiKeysManage)
        let refused = try server.call(.put, "\(kind.updates)/\(update)", token: reader, body: "no JSON")
        #expect(refused.status == 403)
        #expect(refused.string("/errors/0/metadata/scope") == "status_page_publisher")
        var hidden = testPages
        hidden[0].kind = .internal
        hidden[0].domain = nil
        server.reload { $0.pages = hidden }
        #expect(try server.publish(.put, "\(kind.updates)/\(update)", #"{"message": "x"}"#).status == 404)
        server.reload { $0.pages = testPages }
        #expect(try server.publish(.put, "\(kind.updates)/\(update)", #"{"message": "x"}"#).status == 200)
    }

    @Test("The stored response to the create request does not change")
    func replay() throws {
        let server = try TestServer()
        defer { server.remove() }
        let first = try server.publish(.post, "/v2/status_page_incidents", Body.incident(key: "same"))
        let update = try #require(first.string("/status_page_incident/updates/0/id"))
        let edit = try server.publish(.put, "/v2/status_page_incident_updates/\(update)", #"{"message": "Other"}"#)
        #expect(edit.status == 200)
        let again = try server.publish(.post, "/v2/status_page_incidents", Body.incident(key: "same"))
        #expect(again.body == first.body)
    }
}
