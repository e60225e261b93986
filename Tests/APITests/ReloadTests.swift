import Dispatch
import HTTPServer
import HTTPTypes
import Logging
import ManagementAPI
import PublicPages
import StatusPages
import Storage
import TestSupport
import Testing

@testable import allclear

@Suite("Reloading the configuration") struct ReloadTests {
    private typealias Component = PageDeclaration.Component

    private func page(_ slug: String, _ name: String? = nil) -> PageDeclaration {
        PageDeclaration(slug: slug, name: name ?? slug, items: [.component(Component(key: "one", name: "One"))])
    }

    @Test("After a reload every read shows the new pages", arguments: Transport.allCases)
    func pages(_ transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let incident = try server.declare(key: "a", Body.components(["Login": "full_outage"]))
        let acme = try #require(server.ids["acme"])
        var renamed = testPages[0]
        renamed.name = "Acme Renamed"
        renamed.domain = "other.acme.example"
        renamed.cachePolicy.maxAge = 77
        #expect(server.reload { $0.pages = [renamed, page("fresh")] })
        let widget = try server.widget()
        #expect(widget.string("/page_title") == "Acme Renamed")
        #expect(widget.string("/page_url") == "https://other.acme.example")
        #expect(widget.string("/ongoing_incidents/0/id") == incident)
        #expect(widget.field("Cache-Control")?.hasPrefix("public, max-age=77,") == true)
        #expect(try server.widget("", host: "other.acme.example").status == 200)
        #expect(try server.widget("", host: "status.acme.example").status == 404)
        #expect(try server.widget("fresh").status == 200)
        // The page is the same one, and a page that is no longer declared is gone.
        #expect(try server.get("/v2/status_pages/\(acme)").string("/status_page/name") == "Acme Renamed")
        #expect(try server.get("/v2/status_pages/{clients}").status == 404)
        #expect(try server.get("/v2/status_pages").count("/status_pages") == 2)
        // The page accepts writes, and a later reload can change it back.
        try server.update(incident, #""incident_status": "resolved""#)
        #expect(try server.widget().count("/ongoing_incidents") == 0)
        #expect(server.reload { $0.pages = testPages })
        #expect(try server.get("/v2/status_pages/{clients}").status == 200)
        #expect(try server.widget("fresh").status == 404)
        #expect(server.log.messages(.error) == [])
        #expect(server.log.messages(.info).filter { $0 == "configuration applied" }.count == 2)
    }

    @Test("A reload applies the settings of a page's site")
    func site() throws {
        let server = try TestServer()
        defer { server.remove() }
        var acme = testPages[0]
        acme.site.theme = .dark
        acme.site.logo.light = Picture(Array("<svg>".utf8))
        acme.site.languages = [.de, .en]
        #expect(server.reload { $0.pages = [acme] })
        #expect(server.application.site.pages.map(\.site) == [acme.site])
        #expect(try server.get("/acme/feed.rss").status == 200)
        acme.site = SiteSettings()
        acme.site.isEnabled = false
        #expect(server.reload { $0.pages = [acme] })
        #expect(server.application.site.pages.map(\.site) == [acme.site])
        #expect(try server.get("/acme/feed.rss").status == 404)
    }

    @Test("The log reports added and archived pages and components")
    func told() throws {
        let server = try TestServer()
        defer { server.remove() }
        _ = try server.declare(key: "a", Body.components(["Login": "full_outage"]))
        let started = server.log.lines.filter { $0.message == "page added" }.map { $0.metadata["page"] }
        #expect(started == testPages.map(\.slug))
        func went(_ change: (inout Configuration) -> Void) -> [[String: String]] {
            let before = server.log.lines.count
            let isApplied = server.reload(change)
            #expect(isApplied)
            return server.log.lines.dropFirst(before).filter { $0.message.contains(" archived: ") }.map { line in
                #expect(line.level == .warning)
                return line.metadata
            }
        }
        var renamed = testPages[0]
        renamed.slug = "acme2"
        let archived = went {
            $0.pages = [renamed] + testPages[1...]
            $0.allowsArchiving = true
        }
        #expect(
            archived.first == [
                "page": "acme", "name": testPages[0].name, "ongoing_incidents": "1", "unfinished_maintenances": "0",
            ])
        #expect(server.log.lines.last { $0.message == "page added" }?.metadata["page"] == "acme2")
        #expect(went { $0.pages = testPages }.first == ["page": "acme2", "name": testPages[0].name])
        #expect(went { $0.pages = testPages } == [])
        var smaller = testPages
        smaller[0].items.removeAll { if case .component(let one) = $0 { one.name == "Website" } else { false } }
        #expect(went { $0.pages = smaller }.map { [$0["page"], $0["name"]] } == [["acme", "Website"]])
        let gone = went {
            $0.pages = []
            $0.allowsArchiving = true
        }
        #expect(gone.filter { $0["key"] == nil }.map { $0["page"] } == testPages.map(\.slug))
    }

    @Test("A reload that hides an ongoing incident is rejected, unless it is allowed")
    func refused() throws {
        let server = try TestServer()
        defer { server.remove() }
        _ = try server.declare(key: "a", Body.components(["Login": "full_outage"]))
        let before = try server.widget().body
        #expect(!server.reload { $0.pages = [] })
        #expect(try server.widget().body == before)
        let problem = try #require(server.log.lines.last { $0.level == .error }?.metadata["problem"])
        #expect(problem.contains(#"would archive page "acme", which has 1 ongoing incident; "#), "\(problem)")
        #expect(problem.contains(#""allow_archiving": true"#))
        #expect(
            server.reload {
                $0.allowsArchiving = true
                $0.pages = []
            })
    }

    @Test("A page that becomes internal is no longer served, and served again when public")
    func kinds() throws {
        let server = try TestServer()
        defer { server.remove() }
        func reload(_ kind: StatusPage.Kind) {
            var acme = testPages[0]
            acme.kind = kind
            #expect(server.reload { $0.pages = [acme] })
        }
        reload(.internal)
        #expect(try server.widget().status == 404)
        #expect(try server.get("/v2/status_pages/{acme}").status == 404)
        reload(.public)
        #expect(try server.widget().status == 200)
        #expect(try server.get("/v2/status_pages/{acme}").status == 200)
    }

    @Test("Unchanged pages are not rebuilt")
    func unchanged() throws {
        let server = try TestServer()
        defer { server.remove() }
        let before = try server.widget()
        #expect(server.reload { _ in })
        let after = try server.widget()
        for field in ["ETag", "Last-Modified"] { #expect(after.field(field) == before.field(field)) }
    }

    @Test("A new public URL is used in widgets and in the OpenAPI document, even without a file")
    func publicURL() throws {
        let server = try TestServer(pages: [page("plain")])
        defer { server.remove() }
        for pages in [nil, [page("plain")]] as [[PageDeclaration]?] {
            for url in ["https://new.test", "https://newer.test/path"] {
                #expect(
                    server.reload {
                        $0.publicURL = url
                        $0.pages = pages
                    })
                #expect(try server.widget("plain").string("/page_url") == "\(url)/plain")
                let document = try server.call(.get, "/v1/openapiV3.json", token: nil)
                #expect(document.string("/servers/0/url") == url)
            }
        }
    }

    @Test("New rate limits keep the requests used")
    func rateLimits() throws {
        let server = try TestServer()
        defer { server.remove() }
        #expect(try server.get("/v1/identity").field("X-RateLimit-Limit") == "1200, 1200;window=60")
        #expect(server.reload { $0.rateLimits.requestsPerMinute = 2 })
        #expect(try server.get("/v1/identity").field("X-RateLimit-Limit") == "2, 2;window=60")
        #expect(server.reload { $0.rateLimits.requestsPerMinute = 0 })
        for _ in 0..<5 { #expect(try server.get("/v1/identity").field("X-RateLimit-Limit") == nil) }
    }

    @Test("New limits of requests, waiting readers and streams are applied")
    func limits() throws {
        let server = try TestServer(.socket)
        defer { server.remove() }
        let long: HTTPFields = [.userAgent: String(repeating: "x", count: 500)]
        #expect(try server.widget(fields: long).status == 200)
        let tag = try #require(try server.widget().field("ETag"))
        let wait = { try server.call(.get, "/acme/api/v1/summary?wait=1", token: nil, fields: [.ifNoneMatch: tag]) }
        #expect(try wait().status == 304)
        #expect(
            server.reload {
                $0.http.maxHeadBytes = 256
                $0.http.maxRequestLineBytes = 200
                $0.live.maxWaiting = 0
                $0.live.maxStreams = 0
            })
        #expect(try server.widget(fields: long).status == 431)
        #expect(try wait().status == 503)
        // Expect 200: an accepted stream would never end, and the test would hang.
        #expect(try server.call(.get, "/acme/api/v1/stream", token: nil).status == 200)
        #expect(server.reload { $0.live.maxWaiting = 1 })
        #expect(try wait().status == 304)
        #expect(server.application.configuration.http.maxHeadBytes == 256)
    }

    @Test("Metrics can be switched on and off, and a new log level is applied")
    func monitoringAndLog() throws {
        let server = try TestServer()
        defer { server.remove() }
        for isOn in [false, true] {
            #expect(server.reload { $0.monitoring.metrics = isOn })
            #expect(try server.call(.get, "/metrics", token: nil).status == (isOn ? 200 : 404))
        }
        #expect(server.reload { $0.logLevel = .trace })
        #expect(server.logLevel.current == .trace)
    }

    @Test("Settings that need a restart are reported and stay, and all others change")
    func restart() throws {
        let server = try TestServer(.socket)
        defer { server.remove() }
        let before = server.application.configuration
        for _ in 0..<2 {
            server.reload {
                $0.listen.append(ListenDeclaration(address: SocketAddress(host: "127.0.0.1", port: 1)))
                $0.database = "other.db"
                $0.logFormat = .json
                $0.http.eventLoops = 7
                $0.monitoring.listen = SocketAddress(host: "127.0.0.1", port: 2)
                $0.pages = [page("fresh")]
            }
        }
        let names = ["listen", "database", "log.format", "http.event_loops", "monitoring.listen"]
        let unapplied = server.log.messages(.warning).filter { $0.hasSuffix("restart") }
        #expect(unapplied == (names + names).map { "a change of \($0) needs a restart" })
        #expect(try server.widget("fresh").status == 200)
        #expect(try server.call(.get, "/metrics", token: nil).status == 200)
        let after = server.application.configuration
        #expect(after.listen == before.listen)
        #expect(after.database == before.database)
        #expect(after.logFormat == before.logFormat)
    }

    @Test("An invalid configuration changes nothing, and all its problems are reported")
    func invalid() throws {
        let server = try TestServer()
        defer { server.remove() }
        let directory = try TemporaryDirectory()
        let file = try directory.write(
            """
            {"public_url": "nonsense", "http": {"max_fields": 0, "unknown": 1}, "rate_limits": {"requests_per_minute": 1},
             "pages": [{"slug": "fresh", "name": ""}]}
            """, to: "config.json")
        let obstacle = server.application.reload { () throws(InvalidConfiguration) in
            try ConfigurationLoader(file: file, environment: [:]).load()
        }
        #expect(obstacle?.hasPrefix("public_url must be") == true)
        let errors = server.log.lines.filter { $0.level == .error }
        #expect(Set(errors.map(\.message)) == ["configuration not applied"])
        #expect(Set(errors.map { $0.metadata["file"] }) == [file])
        let subjects = errors.compactMap { $0.metadata["problem"]?.prefix { $0 != " " } }
        #expect(Set(subjects) == ["public_url", "http.max_fields", "http.unknown", "name"])
        #expect(try server.widget().string("/page_title") == "Acme Status")
        #expect(try server.get("/v1/identity").field("X-RateLimit-Limit")?.hasPrefix("1200,") == true)
    }

    @Test("An unreadable certificate is reported like any other problem")
    func certificates() throws {
        let server = try TestServer()
        defer { server.remove() }
        let isApplied = server.reload {
            $0.listen[0].tls = TLSFiles(certificate: "/no/such/certificate", key: "/no/such/key")
            $0.pages = [page("fresh")]
        }
        #expect(!isApplied)
        let problems = server.log.lines.filter { $0.level == .error }.compactMap { $0.metadata["problem"] }
        #expect(
            problems
                == ["certificate", "key"].map { name in
                    "listen.tls.\(name) is \"/no/such/\(name)\", which cannot be read: No such file or directory"
                })
        #expect(try server.widget("fresh").status == 404)
    }

    @Test("If the database is not writable, nothing changes")
    func unwritable() async throws {
        let server = try TestServer()
        defer { server.remove() }
        #expect(try server.get("/v1/identity").status == 200)
        let change: @Sendable (inout Configuration) -> Void = { [pages = [page("fresh")]] in
            $0.pages = pages
            $0.publicURL = "https://new.test"
            $0.rateLimits.requestsPerMinute = 1
        }
        // Hold the lock for longer than the server waits, as another process could.
        let other = try Store(path: server.application.configuration.database)
        let isApplied = try await withCheckedThrowingContinuation { continuation in
            // The wait takes seconds, so it must not block a thread that other tests need.
            DispatchQueue(label: "test.reload").async {
                continuation.resume(with: Result { try other.write { _ in server.reload(change) } })
            }
        }
        try other.close()
        #expect(!isApplied)
        let error = try #require(server.log.lines.last { $0.level == .error })
        #expect(error.message == "configuration not applied")
        #expect(error.metadata["error"]?.isEmpty == false)
        #expect(try server.widget().status == 200)
        #expect(try server.widget("fresh").status == 404)
        #expect(try server.get("/v1/identity").field("X-RateLimit-Limit")?.hasPrefix("1200,") == true)
        #expect(server.reload(change))
        #expect(try server.widget("fresh").string("/page_url") == "https://new.test/fresh")
    }

    @Test("Concurrent writes all succeed, and the widget shows all of them")
    func writes() async throws {
        let server = try TestServer()
        defer { server.remove() }
        await withTaskGroup { group in
            group.addTask {
                for number in 1...20 {
                    var acme = testPages[0]
                    acme.name = "Acme \(number)"
                    #expect(server.reload { $0.pages = [acme] })
                }
            }
            for writer in 1...4 {
                group.addTask {
                    for number in 1...10 {
                        let body = Body.incident(key: "\(writer)-\(number)")
                        let answer = try? server.publish(.post, "/v2/status_page_incidents", body)
                        #expect(answer?.status == 201)
                    }
                }
            }
        }
        let widget = try server.widget()
        #expect(widget.count("/ongoing_incidents") == 40)
        #expect(widget.string("/page_title") == "Acme 20")
    }
}
