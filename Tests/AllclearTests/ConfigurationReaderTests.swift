import HTTPServer
import JSONInput
import Logging
import PublicPages
import ManagementAPI
import StatusPages
import Testing

@testable import allclear

@Suite("Reading a configuration")
struct ConfigurationReaderTests {
    private func read(_ text: String) throws -> (configuration: Configuration, problems: [ConfigurationProblem]) {
        guard case .object(let members) = try JSONValue(parsing: Array(text.utf8)) else {
            throw JSONValue.Malformed(description: "\(text) is no object")
        }
        let reader = ConfigurationReader(members)
        return (reader.read(), reader.problems)
    }

    static let fullFile = """
        {
          "listen": "[::1]:9090", "public_url": "https://status.example.com/", "database": "/var/lib/allclear/a.db",
          "log": {"level": "debug", "format": "json"},
          "http": {
            "event_loops": 3, "max_connections": 100, "max_request_line_bytes": 4096, "max_head_bytes": 16384,
            "max_fields": 50, "max_body_bytes": 2048, "max_waiting_requests": 10, "head_timeout_seconds": 1,
            "body_timeout_seconds": 2, "idle_timeout_seconds": 3, "write_timeout_seconds": 4,
            "shutdown_timeout_seconds": 5
          },
          "live": {"max_wait_seconds": 6, "max_waiting": 7, "max_streams": 8, "heartbeat_seconds": 9},
          "rate_limits": {"requests_per_minute": 60, "backfill_per_second": 0, "backfill_burst": 1000000},
          "pages": [
            {
              "slug": "main", "name": "Main", "description": "All of it.", "kind": "customer",
              "domain": "Status.Example.COM", "domain_scheme": "http", "widget": false,
              "cache": {"max_age": 0, "stale_while_revalidate": 1, "stale_if_error": 31536000},
              "display_uptime_mode": "nothing",
              "structure": [
                {"component": {
                  "key": "web", "name": "Web", "description": "W.", "display_uptime": false, "hidden": true}},
                {"group": {
                  "key": "back", "name": "Back", "description": "B.", "hidden": true,
                  "display_aggregated_uptime": false, "components": [{"key": "api", "name": "API"}]}},
                {"sub_page": {"key": "eu", "name": "EU", "items": [
                  {"component": {"key": "eu-web", "name": "Web"}},
                  {"group": {"key": "eu-back", "name": "Back", "components": []}}]}}
              ]
            },
            {"slug": "plain", "name": "Plain"}
          ]
        }
        """

    @Test("Everything a file may say is read")
    func everything() throws {
        let (configuration, problems) = try read(Self.fullFile)
        #expect(problems == [])
        #expect(configuration.listen.map(\.address) == [SocketAddress(host: "::1", port: 9090)])
        #expect(configuration.publicURL == "https://status.example.com")
        #expect(configuration.database == "/var/lib/allclear/a.db")
        #expect(configuration.logLevel == .debug)
        #expect(configuration.logFormat == .json)
        let http = configuration.http
        #expect(http.eventLoops == 3)
        #expect(
            [
                http.maxConnections, http.maxRequestLineBytes, http.maxHeadBytes, http.maxFields, http.maxBodyBytes,
                http.maxWaitingRequests, http.headTimeout, http.bodyTimeout, http.idleTimeout, http.writeTimeout,
                http.shutdownTimeout,
            ] == [100, 4096, 16384, 50, 2048, 10, 1, 2, 3, 4, 5])
        let live = configuration.live
        #expect([live.maxWaitSeconds, live.maxWaiting, live.maxStreams, live.heartbeatSeconds] == [6, 7, 8, 9])
        let limits = configuration.rateLimits
        #expect([limits.requestsPerMinute, limits.backfillPerSecond, limits.backfillBurst] == [60, 0, 1_000_000])
        #expect(configuration.pages == [Self.mainPage, PageDeclaration(slug: "plain", name: "Plain")])
    }

    @Test(
        "Readers who wait leave connections to others, by default in proportion",
        arguments: [
            (#""http": {"max_connections": 100}"#, [50, 20], []),
            (#""http": {"max_connections": 100}, "live": {"max_waiting": 79}"#, [79, 20], []),
            (#""http": {"max_connections": 100}, "live": {"max_waiting": 80}"#, [80, 20], ["/live"]),
            (#""live": {"max_waiting": 9000, "max_streams": 9000}"#, [9_000, 9_000], ["/live"]),
            (#""live": {"max_waiting": 0, "max_streams": 0}"#, [0, 0], []),
            (#""live": {"max_wait_seconds": 0}"#, [5_000, 2_000], ["/live/max_wait_seconds"]),
        ] as [(String, [Int], [String])])
    func room(members: String, limits: [Int], places: [String]) throws {
        let (configuration, problems) = try read(#"{"pages": [], \#(members)}"#)
        #expect([configuration.live.maxWaiting, configuration.live.maxStreams] == limits)
        #expect(problems.map(\.place) == places)
    }

    private static let mainPage = PageDeclaration(
        slug: "main", name: "Main", description: "All of it.", kind: .customer, domain: "status.example.com",
        domainScheme: .http, isWidgetEnabled: false,
        cachePolicy: CachePolicy(maxAge: 0, staleWhileRevalidate: 1, staleIfError: 31_536_000),
        displayUptimeMode: .nothing,
        items: [
            .component(
                PageDeclaration.Component(
                    key: "web", name: "Web", description: "W.", displayUptime: false, isHidden: true)),
            .group(
                PageDeclaration.Group(
                    key: "back", name: "Back", description: "B.", isHidden: true, displayAggregatedUptime: false,
                    components: [PageDeclaration.Component(key: "api", name: "API")])),
            .subPage(
                PageDeclaration.SubPage(
                    key: "eu", name: "EU",
                    items: [
                        .component(PageDeclaration.Component(key: "eu-web", name: "Web")),
                        .group(PageDeclaration.Group(key: "eu-back", name: "Back")),
                    ])),
        ])

    @Test("What a file does not say is as it is without one")
    func defaults() throws {
        let (configuration, problems) = try read(#"{"pages":[],"log":{},"http":{},"listen":null}"#)
        #expect(problems == [])
        #expect(configuration.pages == [])
        #expect(configuration.listen.map(\.address) == [SocketAddress(host: "127.0.0.1", port: 8080)])
        #expect(configuration.publicURL == nil)
        #expect(configuration.serverURL == "http://localhost:8080")
        #expect(configuration.database == "allclear.db")
        #expect(configuration.logLevel == .info)
        #expect(configuration.logFormat == .text)
        #expect(configuration.http.maxBodyBytes == 1_048_576)
        #expect(configuration.http.eventLoops == nil)
        #expect(configuration.rateLimits == RateLimits())
    }

    /// What is wrong beside the pages, with its place.
    @Test(
        "Every malformed setting is named by its place",
        arguments: [
            (#""listen":"8080""#, "/listen"), (#""listen":"localhost""#, "/listen"), (#""listen":"a:b""#, "/listen"),
            (#""listen":"a:65536""#, "/listen"), (#""listen":"::1:80""#, "/listen"), (#""listen":8080"#, "/listen"),
            (#""public_url":"status.example.com""#, "/public_url"), (#""public_url":"ftp://a""#, "/public_url"),
            (#""public_url":"https://""#, "/public_url"), (#""public_url":"https:///path""#, "/public_url"),
            (#""public_url":"https://a?b""#, "/public_url"), (#""public_url":"https://a#b""#, "/public_url"),
            (#""public_url":"https://a b""#, "/public_url"), (#""public_url":"https://u@a""#, "/public_url"),
            (#""public_url":true"#, "/public_url"),
            (#""database":"""#, "/database"), (#""database":"a\u0000b""#, "/database"), (#""database":1"#, "/database"),
            (#""log":"debug""#, "/log"), (#""log":{"level":"loud"}"#, "/log/level"),
            (#""log":{"level":1}"#, "/log/level"), (#""log":{"format":"xml"}"#, "/log/format"),
            (#""log":{"colour":true}"#, "/log/colour"),
            (#""http":[]"#, "/http"), (#""http":{"event_loops":0}"#, "/http/event_loops"),
            (#""http":{"max_connections":1.5}"#, "/http/max_connections"),
            (#""http":{"max_body_bytes":1}"#, "/http/max_body_bytes"),
            (#""http":{"max_body_bytes":1073741825}"#, "/http/max_body_bytes"),
            (#""http":{"max_fields":"many"}"#, "/http/max_fields"),
            (#""http":{"head_timeout_seconds":0}"#, "/http/head_timeout_seconds"),
            (#""http":{"idle_timeout_seconds":86401}"#, "/http/idle_timeout_seconds"),
            (#""http":{"max_head_byte":1}"#, "/http/max_head_byte"),
            (#""rate_limits":60"#, "/rate_limits"),
            (#""rate_limits":{"requests_per_minute":-1}"#, "/rate_limits/requests_per_minute"),
            (#""rate_limits":{"backfill_per_second":0.5}"#, "/rate_limits/backfill_per_second"),
            (#""rate_limits":{"backfill_burst":1000001}"#, "/rate_limits/backfill_burst"),
            (#""rate_limits":{"per_hour":1}"#, "/rate_limits/per_hour"),
            (#""Listen":"a:1""#, "/Listen"), (#""a/b":1"#, "/a~1b"), (#""unknown":null"#, "/unknown"),
        ])
    func settings(member: String, place: String) throws {
        let problems = try read("{\"pages\":[],\(member)}").problems
        #expect(problems.map(\.place) == [place])
        #expect(problems.allSatisfy { !$0.message.isEmpty })
    }

    private static let files = #""tls":{"certificate":"a.crt","key":"a.key"}"#

    /// One listener, with these members beside its address.
    private static func listener(_ members: String) -> String { #""listen":[{"address":"a:443",\#(members)}]"# }

    /// Beside them there is a page.
    @Test(
        "Everything wrong with where to listen is named by its place",
        arguments: [
            (#""listen":[]"#, ["/listen"]),
            (#""listen":{"address":"a:1"}"#, ["/listen"]),
            (#""listen":["a:1","a"]"#, ["/listen/1"]),
            (#""listen":["a:1",5,null,[]]"#, ["/listen/1", "/listen/2", "/listen/3"]),
            (#""listen":["a:1","unix:"]"#, ["/listen/1"]),
            (#""listen":["a:1","b:1",{"address":"a:1"}]"#, ["/listen/2"]),
            (#""listen":["unix:/a","unix:/a"]"#, ["/listen/1"]),
            (#""listen":["a:0","a:0","unix:/a","a:1","b:1",{"address":"[::1]:1","tls":null}]"#, []),
            (#""listen":[{}]"#, ["/listen/0/address"]),
            (#""listen":["a:1",{"address":"b"}]"#, ["/listen/1/address"]),
            (#""listen":[{"address":1}]"#, ["/listen/0/address"]),
            (#""listen":[{"address":"a:1","port":1,"Tls":{}}]"#, ["/listen/0/Tls", "/listen/0/port"]),
            (listener(files), []),
            (listener(#""tls":true"#), ["/listen/0/tls"]),
            (listener(#""tls":{}"#), ["/listen/0/tls/certificate", "/listen/0/tls/key"]),
            (listener(#""tls":{"certificate":"","key":1}"#), ["/listen/0/tls/certificate", "/listen/0/tls/key"]),
            (listener(#""tls":{"certificate":"a","key":"b","ca":"c"}"#), ["/listen/0/tls/ca"]),
            (listener(#""hsts_seconds":157680000,\#(files)"#), []),
            (listener(#""hsts_seconds":157680001,\#(files)"#), ["/listen/0/hsts_seconds"]),
            (listener(#""hsts_seconds":-1"#), ["/listen/0/hsts_seconds"]),
            (listener(#""hsts_seconds":true"#), ["/listen/0/hsts_seconds"]),
            (listener(#""redirect_to_https_port":443"#), []),
            (listener(#""redirect_to_https_port":0"#), ["/listen/0/redirect_to_https_port"]),
            (listener(#""redirect_to_https_port":65536"#), ["/listen/0/redirect_to_https_port"]),
            (listener(#""redirect_to_https_port":"443""#), ["/listen/0/redirect_to_https_port"]),
            (listener(#""redirect_to_https_port":443,\#(files)"#), ["/listen/0/redirect_to_https_port"]),
            (#""trusted_proxies":["unix","127.0.0.1","::1","10.0.0.0/8","fd00::/8"]"#, []),
            (#""trusted_proxies":"127.0.0.1""#, ["/trusted_proxies"]),
            (#""trusted_proxies":["::1",1,null]"#, ["/trusted_proxies/1", "/trusted_proxies/2"]),
            (#""trusted_proxies":["localhost","unix:/a","1.2.3","*",""]"#, (0...4).map { "/trusted_proxies/\($0)" }),
            (
                #""trusted_proxies":["10.0.0.0/33","10.0.0.1/8","::/129","10.0.0.0/"]"#,
                (0...3).map { "/trusted_proxies/\($0)" }
            ),
        ] as [(String, [String])])
    func listening(member: String, places: [String]) throws {
        let problems = try read(#"{"pages":[{"slug":"a","name":"A","domain":"a.example"}],\#(member)}"#).problems
        #expect(problems.map(\.place).sorted() == places)
        #expect(problems.allSatisfy { !$0.message.isEmpty })
    }

    @Test(
        "A page's certificate is named by its place if it serves nobody",
        arguments: [
            (#""domain":"a.example""#, listener(files), []),
            (#""domain":"a.example""#, #""listen":"a:1""#, ["/pages/0/tls"]),
            (#""widget":true"#, listener(files), ["/pages/0/tls"]),
            // Whether it would serve anyone cannot be told then.
            (#""domain":"a.example""#, listener(#""tls":{"certificate":"a"}"#), ["/listen/0/tls/key"]),
            (#""domain":"a.example""#, #""listen":[{"address":"a",\#(files)}]"#, ["/listen/0/address"]),
        ] as [(String, String, [String])])
    func pageCertificate(pageMember: String, member: String, places: [String]) throws {
        let page = #"{"slug":"a","name":"A",\#(pageMember),\#(Self.files)}"#
        #expect(try read(#"{"pages":[\#(page)],\#(member)}"#).problems.map(\.place) == places)
    }

    @Test("A file has to say which pages there are", arguments: ["{}", #"{"pages":null}"#, #"{"pages":{}}"#])
    func noPages(text: String) throws {
        #expect(try read(text).problems.map(\.place) == ["/pages"])
    }

    @Test("A range is told with the number that is outside of it")
    func range() throws {
        let problems = try read(#"{"pages":[],"http":{"event_loops":2000}}"#).problems
        #expect(problems.map(\.description) == ["/http/event_loops: must be from 1 to 64"])
    }

    @Test("All problems are told at once")
    func allAtOnce() throws {
        let problems = try read(
            """
            {"listen": "x", "log": {"level": "x", "format": "x"}, "http": {"max_fields": 0, "x": 0}, "x": 0,
             "pages": [{"slug": "A", "x": 0}, {"name": " "}, 5]}
            """
        ).problems
        #expect(
            Set(problems.map(\.place)) == [
                "/listen", "/log/level", "/log/format", "/http/max_fields", "/http/x", "/x", "/pages/0/slug",
                "/pages/0/name", "/pages/0/x", "/pages/1/slug", "/pages/1/name", "/pages/2",
            ])
        #expect(problems.count == 12)
    }
}
