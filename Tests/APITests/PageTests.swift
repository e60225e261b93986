import HTTPTypes
import JSONInput
import ManagementAPI
import StatusPages
import Testing

@Suite struct PageTests {
    @Test("Pages are listed by creation, without those that are internal", arguments: Transport.allCases)
    func list(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let response = try server.get("/v2/status_pages")
        #expect(response.status == 200)
        #expect(response.count("/status_pages") == 2)
        #expect(response.string("/status_pages/0/name") == "Acme Status")
        #expect(response.string("/status_pages/0/public_url") == "https://status.acme.example")
        #expect(response.string("/status_pages/1/public_url") == "http://status.test/clients")
        #expect(response.json("/status_pages/1/description") == nil)
        #expect(response.json("/pagination_meta") == .object(["page_size": .integer(25)]))
    }

    @Test("Paging goes through all pages and ends")
    func paging() throws {
        let server = try TestServer()
        defer { server.remove() }
        let first = try server.get("/v2/status_pages?page_size=1")
        #expect(first.string("/pagination_meta/after") == server.ids["acme"])
        let second = try server.get("/v2/status_pages?page_size=1&after={acme}")
        #expect(second.string("/status_pages/0/name") == "Clients")
        #expect(second.json("/pagination_meta/after") == nil)
        #expect(try server.get("/v2/status_pages?after={clients}").count("/status_pages") == 0)
    }

    @Test(
        "An invalid query is rejected",
        arguments: [
            ("page_size=0", ["invalid_value /page_size"]),
            ("page_size=251", ["invalid_value /page_size"]),
            ("page_size=-1", ["invalid_value /page_size"]),
            ("page_size=99999999999999999999", ["invalid_value /page_size"]),
            ("page_size=-99999999999999999999", ["invalid_value /page_size"]),
            ("page_size=-", ["invalid_format /page_size"]),
            ("page_size=1.5", ["invalid_format /page_size"]),
            ("page_size=ten", ["invalid_format /page_size"]),
            ("page_size=%zz", ["invalid_format /page_size"]),
            ("after=nothing", ["invalid_value /after"]),
            ("after=%zz", ["invalid_value /after"]),
            ("after={inside}", ["invalid_value /after"]),
            ("page_size=0&after=nothing", ["invalid_value /page_size", "invalid_value /after"]),
        ])
    func refusedQueries(query: String, errors: [String]) throws {
        let server = try TestServer()
        defer { server.remove() }
        let response = try server.get("/v2/status_pages?\(query)")
        #expect(response.status == 422)
        #expect(response.string("/type") == "validation_error")
        #expect(response.errors == errors)
    }

    @Test(
        "The first of repeated parameters counts, and one without a value is absent",
        arguments: [
            "page_size=1&page_size=2", "page_size=1&page_size=nonsense", "page_size=1&page_size", "page%5Fsize=1",
            "page_size=1&after=",
        ])
    func lenientQueries(query: String) throws {
        let server = try TestServer()
        defer { server.remove() }
        #expect(try server.get("/v2/status_pages?\(query)").count("/status_pages") == 1)
    }

    @Test("A page is shown by its id")
    func show() throws {
        let server = try TestServer()
        defer { server.remove() }
        let response = try server.get("/v2/status_pages/{acme}")
        #expect(
            response.json("/status_page")
                == .object([
                    "id": .string(try #require(server.ids["acme"])), "name": .string("Acme Status"),
                    "description": .string("How Acme is doing"), "public_url": .string("https://status.acme.example"),
                ]))
    }

    @Test("HEAD responds like GET, without the body", arguments: Transport.allCases)
    func head(transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let response = try server.call(.head, "/v2/status_pages", token: try server.token(.statusPageViewer))
        #expect(response.status == 200)
        #expect(response.body.isEmpty)
    }

    @Test("A structure shows each item as exactly one of component, group and sub-page")
    func structure() throws {
        let server = try TestServer()
        defer { server.remove() }
        let response = try server.get("/v2/status_page_structures/{acme}")
        #expect(response.string("/display_uptime_mode") == "chart_and_percentage")
        #expect(
            response.json("/management_meta")
                == .object(["managed_by": .string("external"), "annotations": .object([:])]))
        let items = "/current_structure/items"
        #expect(response.count(items) == 4)
        #expect(
            response.json("\(items)/0")
                == .object([
                    "component": .object([
                        "component_id": .string(try #require(server.ids["Website"])), "name": .string("Website"),
                        "display_uptime": .bool(true), "hidden": .bool(false),
                    ])
                ]))
        #expect(response.string("\(items)/1/group/id") == server.ids["EU"])
        #expect(response.string("\(items)/1/group/description") == "Europe")
        #expect(response.json("\(items)/1/group/display_aggregated_uptime") == .bool(true))
        #expect(response.json("\(items)/1/group/components/1/hidden") == .bool(true))
        #expect(response.json("\(items)/1/group/components/1/display_uptime") == .bool(false))
        #expect(response.json("\(items)/2/group/components") == .array([]))
        #expect(response.json("\(items)/2/group/description") == nil)
        #expect(response.string("\(items)/3/sub_page/id") == server.ids["United Kingdom"])
        #expect(response.string("\(items)/3/sub_page/items/1/group/components/0/name") == "Core")
        #expect(try server.get("/v2/status_page_structures/{clients}").string("/display_uptime_mode") == "nothing")
    }
}
