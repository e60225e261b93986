import HTTPServer
import HTTPTypes
import JSONInput
import Testing

@testable import allclear

@Suite struct WidgetTests {
    @Test("The widget follows an incident at once, by slug and by domain", arguments: Transport.allCases)
    func follows(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let empty = try server.widget()
        #expect(empty.status == 200)
        #expect(empty.fields[.contentType] == "application/json")
        #expect(empty.string("/page_title") == "Acme Status")
        #expect(empty.string("/page_url") == "https://status.acme.example")
        for list in ["ongoing_incidents", "in_progress_maintenances", "scheduled_maintenances"] {
            #expect(empty.json("/\(list)") == .array([]))
        }
        let id = try server.declare(
            key: "a",
            Body.components(["Core": "degraded_performance", "Billing": "full_outage", "Login": "partial_outage"]))
        let widget = try server.widget()
        let incident = "/ongoing_incidents/0"
        #expect(widget.string("\(incident)/id") == id)
        #expect(widget.string("\(incident)/url") == "https://status.acme.example/incidents/\(id)")
        #expect(widget.string("\(incident)/status") == "investigating")
        #expect(widget.string("\(incident)/last_update_message") == "We are looking into it.")
        // Billing is hidden: the widget omits it, and it does not count.
        #expect(widget.string("\(incident)/current_worst_impact") == "partial_outage")
        #expect(widget.count("\(incident)/affected_components") == 2)
        #expect(
            widget.json("\(incident)/affected_components/0")
                == .object([
                    "id": .string(try #require(server.ids["Login"])), "name": .string("Login"),
                    "group_name": .string("EU"), "current_status": .string("partial_outage"),
                ]))
        #expect(try server.widget("", host: "Status.ACME.example:8080").body == widget.body)
        try server.update(id, #""incident_status": "resolved""#)
        #expect(try server.widget().json() == empty.json())
    }

    @Test("A sub-page's widget shows only events on its components, and only those components")
    func subPage() throws {
        let server = try TestServer(.socket)
        defer { server.remove() }
        _ = try server.declare(key: "a", Body.components(["Login": "full_outage"]))
        let id = try server.declare(
            key: "b", Body.components(["Login": "full_outage", "Core": "degraded_performance"]))
        let widget = try server.widget("acme/uk")
        #expect(widget.string("/page_title") == "United Kingdom")
        #expect(widget.string("/page_url") == "https://status.acme.example/uk")
        #expect(widget.count("/ongoing_incidents") == 1)
        #expect(widget.string("/ongoing_incidents/0/url") == "https://status.acme.example/uk/incidents/\(id)")
        #expect(widget.string("/ongoing_incidents/0/current_worst_impact") == "degraded_performance")
        #expect(try server.widget("uk", host: "status.acme.example").body == widget.body)
    }

    @Test(
        "Disabled widgets, internal pages and unknown slugs get 404",
        arguments: Transport.allCases)
    func notFound(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        for page in ["clients", "inside", "nobody", "acme/eu", "acme/", "acme%2Fuk"] {
            let response = try server.widget(page)
            #expect(response.status == 404, "\(page)")
            #expect(response.errors == ["not_found"])
            #expect(response.fields[.accessControlAllowOrigin] == "*")
        }
    }

    @Test("The preview shows the widget before it is enabled", arguments: Transport.allCases)
    func preview(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        _ = try server.declare(key: "a", Body.components(["Login": "full_outage"]))
        let shown = try server.get("/v2/status_pages/{acme}/widget")
        #expect(shown.status == 200)
        #expect(shown.body == (try server.widget()).body)
        let off = try server.get("/v2/status_pages/{clients}/widget")
        #expect(off.string("/page_title") == "Clients")
        #expect(try server.get("/v2/status_pages/{inside}/widget").status == 404)
        #expect(try server.call(.get, "/v2/status_pages/{acme}/widget", token: nil).status == 401)
    }

    @Test("Responses have caching fields, and an up-to-date reader gets no body", arguments: Transport.allCases)
    func caching(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let first = try server.widget()
        let tag = try #require(first.fields[.eTag])
        let modified = try #require(first.fields[.lastModified])
        #expect(first.fields[.cacheControl] == "public, max-age=10, stale-while-revalidate=30, stale-if-error=86400")
        #expect(first.fields[.vary] == "Accept-Encoding")
        #expect(first.fields[.accessControlAllowOrigin] == "*")
        for fields: HTTPFields in [
            [.ifNoneMatch: tag], [.ifNoneMatch: "\"other\", W/\(tag)"], [.ifNoneMatch: "*"],
            [.ifModifiedSince: modified],
        ] {
            let current = try server.widget(fields: fields)
            #expect(current.status == 304, "\(fields)")
            #expect(current.body.isEmpty)
            #expect(current.fields[.eTag] == tag)
            #expect(current.fields[.accessControlAllowOrigin] == "*")
        }
        _ = try server.declare(key: "a")
        let changed = try server.widget(fields: [.ifNoneMatch: tag])
        #expect(changed.status == 200)
        #expect(changed.fields[.eTag] != tag)
    }

    @Test("HEAD responds like GET without the body, and other methods are rejected", arguments: Transport.allCases)
    func methods(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let head = try server.call(.head, "/acme/api/v1/summary", token: nil)
        #expect(head.status == 200)
        #expect(head.body.isEmpty)
        #expect(head.fields[.eTag] == (try server.widget()).fields[.eTag])
        let post = try server.call(.post, "/acme/api/v1/summary", token: nil, body: "{}")
        #expect(post.status == 405)
        #expect(post.fields[.allow] == "GET, HEAD, OPTIONS")
        #expect(post.fields[.accessControlAllowOrigin] == "*")
    }

    @Test("A CORS preflight request succeeds", arguments: Transport.allCases)
    func preflight(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let response = try server.call(
            .options, "/acme/api/v1/summary", token: nil,
            fields: [.origin: "https://app.example", .accessControlRequestMethod: "GET"])
        #expect(response.status == 204)
        #expect(response.fields[.accessControlAllowOrigin] == "*")
        #expect(response.fields[.accessControlAllowMethods] == "GET, HEAD")
    }

    @Test("A query and percent-encoding change nothing", arguments: Transport.allCases)
    func spellings(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let plain = try server.widget()
        for path in ["/acme/api/v1/summary?t=1", "/%61cme/api/v1/summary"] {
            #expect(try server.call(.get, path, token: nil).body == plain.body)
        }
    }
}
