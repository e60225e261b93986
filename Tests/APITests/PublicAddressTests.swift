import HTTPTypes
import StatusPages
import Testing

@testable import allclear

/// The addresses of the pages and their documents, and the fields of their answers.
@Suite struct PublicAddressTests {
    private static let html: HTTPFields = [.accept: "text/html,application/xhtml+xml"]

    @Test(
        "Redirects lead to the address that is served",
        arguments: [
            ("/acme/", 308, "/acme"), ("/acme/uk/", 308, "/acme/uk"),
            ("/acme/history/?page=1", 308, "/acme/history?page=1"),
            ("/acme/api/v1/summary/", 308, "/acme/api/v1/summary"), ("/acme/uptime", 301, "/acme"),
            ("/acme/uk/uptime", 301, "/acme/uk"),
        ])
    func redirects(path: String, status: Int, location: String) throws {
        let server = try TestServer()
        defer { server.remove() }
        let answer = try server.call(.get, path, token: nil)
        #expect(answer.status == status)
        #expect(answer.fields[.location] == location)
    }

    @Test("Statuspage's and incident.io's paths of a maintenance redirect to its page")
    func maintenanceLinks() throws {
        let server = try TestServer()
        defer { server.remove() }
        let id = try server.schedule(key: "m")
        for (path, host) in [("/acme", "localhost"), ("/acme/uk", "localhost"), ("", "status.acme.example")] {
            for name in ["incidents", "maintenance"] {
                let answer = try server.call(.get, "\(path)/\(name)/\(id)", token: nil, host: host)
                #expect(answer.status == 301)
                #expect(answer.fields[.location] == "\(path)/maintenances/\(id)")
            }
            #expect(try server.call(.get, "\(path)/maintenances/\(id)", token: nil, host: host).status == 200)
        }
    }

    @Test("The server's root leads to the only public page, unless that has a domain")
    func root() throws {
        let alone = try TestServer(pages: [PageDeclaration(slug: "one", name: "One")])
        defer { alone.remove() }
        let answer = try alone.call(.get, "/", token: nil)
        #expect(answer.status == 302)
        #expect(answer.fields[.location] == "/one")
        let server = try TestServer()
        defer { server.remove() }
        #expect(try server.call(.get, "/", token: nil).status == 404)
        #expect(try server.call(.get, "/", token: nil, host: "status.acme.example").status == 200)
    }

    @Test(
        "Only public pages have a site, and only while it is enabled",
        arguments: [
            "", "/history", "/feed.rss", "/maintenances.ics", "/api/v2/summary.json", "/badge.svg", "/favicon.ico",
        ])
    func sites(path: String) throws {
        let server = try TestServer()
        defer { server.remove() }
        #expect(try server.call(.get, "/acme\(path)", token: nil).status == 200)
        #expect(try server.call(.get, "/acme/uk\(path)", token: nil).status == 200)
        for page in ["clients", "inside", "nobody"] {
            #expect(try server.call(.get, "/\(page)\(path)", token: nil).status == 404, "\(page)")
        }
        server.reload { $0.pages?[0].site.isEnabled = false }
        #expect(try server.call(.get, "/acme\(path)", token: nil).status == 404)
        #expect(try server.widget().status == 200)
    }

    @Test("A page loads nothing from other hosts, and its links begin with the base of the request")
    func pageFields() throws {
        let server = try TestServer()
        defer { server.remove() }
        let answer = try server.call(.get, "/acme", token: nil)
        #expect(answer.fields[.contentType] == "text/html; charset=utf-8")
        #expect(
            answer.fields[.contentSecurityPolicy] == """
                default-src 'none'; base-uri 'none'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; \
                img-src 'self'; script-src 'self'; style-src 'self'
                """)
        #expect(answer.fields[.accessControlAllowOrigin] == nil)
        #expect(answer.fields.first { $0.name.canonicalName == "x-frame-options" }?.value == "DENY")
        #expect(answer.text.contains(#"href="/acme/history""#))
        let byDomain = try server.call(.get, "/", token: nil, host: "status.acme.example")
        #expect(byDomain.text.contains(#"href="/history""#))
        #expect(!byDomain.text.contains(#"href="/acme"#))
    }

    @Test("Sites that may show the page in a frame are named in its policy")
    func frames() throws {
        let origin = try #require(Origin("https://intranet.example"))
        var page = testPages[0]
        page.site.embedOrigins = [origin]
        let server = try TestServer(pages: [page])
        defer { server.remove() }
        let fields = try server.call(.get, "/acme", token: nil).fields
        #expect(fields[.contentSecurityPolicy]?.contains("frame-ancestors https://intranet.example;") == true)
        #expect(!fields.contains { $0.name.canonicalName == "x-frame-options" })
    }

    @Test("A 404 below a page is HTML for browsers and JSON for programs")
    func notFound() throws {
        let server = try TestServer()
        defer { server.remove() }
        for path in ["/acme/nothing", "/acme/uk/a/b/c", "/acme/history?page=99", "/acme/incidents/x"] {
            let answer = try server.call(.get, path, token: nil, fields: Self.html)
            #expect(answer.status == 404)
            #expect(answer.fields[.contentType] == "text/html; charset=utf-8")
            let json = try server.call(.get, path, token: nil)
            #expect(json.errors == ["not_found"])
            for fields in [answer.fields, json.fields] {
                #expect(fields[.cacheControl] == "no-store")
                #expect(fields[.vary] == "Accept")
                #expect(fields.first { $0.name.canonicalName == "x-robots-tag" }?.value == "noindex")
            }
        }
        for path in ["/acme/api/v2/nothing", "/nobody/page", "/clients/page"] {
            #expect(try server.call(.get, path, token: nil, fields: Self.html).errors == ["not_found"], "\(path)")
        }
    }

    @Test("The files of a page have addresses that change with their contents, and may be kept forever")
    func assets() throws {
        let server = try TestServer()
        defer { server.remove() }
        let page = try server.call(.get, "/acme", token: nil).text
        for pattern in [/href="(\/assets\/page\.[0-9a-f]+\.css)"/, /src="(\/assets\/page\.[0-9a-f]+\.js)"/] {
            let path = String(try #require(page.firstMatch(of: pattern)).output.1)
            let answer = try server.call(.get, path, token: nil)
            #expect(answer.status == 200)
            #expect(answer.fields[.cacheControl] == "public, max-age=31536000, immutable")
        }
        #expect(try server.call(.get, "/assets/page.0.css", token: nil).status == 404)
    }

    @Test("Programs may read every address of a host")
    func robots() throws {
        let server = try TestServer()
        defer { server.remove() }
        #expect(try server.call(.get, "/robots.txt", token: nil).text == "User-agent: *\nDisallow:\n")
    }

    @Test("The label of a badge can be chosen")
    func labels() throws {
        let server = try TestServer()
        defer { server.remove() }
        let path = "/acme/badge/{Website}.json"
        #expect(try server.call(.get, path, token: nil).string("/label") == "Website")
        #expect(try server.call(.get, "\(path)?label=The+shop%21", token: nil).string("/label") == "The shop!")
        #expect(try server.call(.get, "\(path)?other=1", token: nil).string("/label") == "Website")
        #expect(try server.call(.get, "/acme/badge/{Billing}.json", token: nil).status == 404)
    }
}
