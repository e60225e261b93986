import Accounts
import Dashboard
import HTTPServer
import HTTPTypes
import JSONInput
import Logging
import ManagementAPI
import PublicPages
import StatusPages
import Storage
import Testing

@testable import allclear

@Suite("Reading a configuration")
struct ConfigurationReaderTests {
    private func read(_ text: String) throws -> (configuration: Configuration, problems: [ConfigurationProblem]) {
        let reader = ConfigurationReader(try ConfigurationText(file: "config.json", Array(text.utf8)))
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
          "cache_tags": true, "trusted_proxies": ["::1"],
          "audit": {"keep_days": 0},
          "dashboard": {
            "enabled": false, "host": "Admin.Example.COM", "allow_http": true, "require_two_factor": true,
            "session_idle_days": 2, "session_days": 3,
            "trusted_header": {
              "email": "Remote-Email", "name": "Remote-Name", "groups": "Remote-Groups",
              "roles": {"ops": "owner", "on call": "publisher"}, "create_users": true}
          },
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

    @Test("All settings of a file are read")
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
        #expect(configuration.hasCacheTags)
        #expect(configuration.keepAuditDays == 0)
        #expect(configuration.dashboard == Self.dashboard)
        #expect(configuration.pages == [Self.mainPage, PageDeclaration(slug: "plain", name: "Plain")])
    }

    @Test(
        "Waiting readers leave connections for others, by default in proportion",
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

    private static let dashboard: DashboardSettings = {
        var settings = DashboardSettings()
        settings.isEnabled = false
        settings.host = "admin.example.com"
        settings.allowsHTTP = true
        settings.requiresTwoFactor = true
        settings.sessions = SessionRules(idle: 2 * 86_400_000, absolute: 3 * 86_400_000)
        settings.trustedHeader = HTTPField.Name("Remote-Email").map { email in
            TrustedHeader(
                email: email, name: HTTPField.Name("Remote-Name"), groups: HTTPField.Name("Remote-Groups"),
                roles: ["ops": .owner, "on call": .publisher], createsUsers: true)
        }
        return settings
    }()

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

    @Test("Absent settings have their defaults")
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
        #expect(!configuration.hasCacheTags)
        #expect(configuration.keepAuditDays == 730)
        #expect(configuration.dashboard == DashboardSettings())
    }

    /// The problems of settings other than pages, with their places.
    @Test(
        "Every malformed setting is reported with its position",
        arguments: [
            (#""listen":"8080""#, "/listen"), (#""listen":"localhost""#, "/listen"), (#""listen":"a:b""#, "/listen"),
            (#""listen":"a:65536""#, "/listen"), (#""listen":"::1:80""#, "/listen"), (#""listen":8080"#, "/listen"),
            (#""public_url":"status.example.com""#, "/public_url"), (#""public_url":"ftp://a""#, "/public_url"),
            (#""public_url":"https://""#, "/public_url"), (#""public_url":"https:///path""#, "/public_url"),
            (#""public_url":"https://a?b""#, "/public_url"), (#""public_url":"https://a#b""#, "/public_url"),
            (#""public_url":"https://a b""#, "/public_url"), (#""public_url":"https://u@a""#, "/public_url"),
            (#""public_url":true"#, "/public_url"), (#""cache_tags":1"#, "/cache_tags"),
            (#""mirror":"""#, "/mirror"), (#""mirror":true"#, "/mirror"), (#""purge":{}"#, "/purge"),
            (#""audit":{"keep_days":-1}"#, "/audit/keep_days"), (#""audit":{"days":1}"#, "/audit/days"),
            (#""dashboard":true"#, "/dashboard"), (#""dashboard":{"host":"a:1"}"#, "/dashboard/host"),
            (#""dashboard":{"session_days":0}"#, "/dashboard/session_days"),
            (#""dashboard":{"session_idle_days":366}"#, "/dashboard/session_idle_days"),
            (#""dashboard":{"allow_http":1}"#, "/dashboard/allow_http"),
            (#""dashboard":{"users":1}"#, "/dashboard/users"),
            (trusting(""), "/dashboard/trusted_header/email"),
            (trusting(#""email":"a b""#), "/dashboard/trusted_header/email"),
            (trusting(#""email":"A","groups":"B""#), "/dashboard/trusted_header/roles"),
            (trusting(#""email":"A","roles":{"a":"owner"}"#), "/dashboard/trusted_header/groups"),
            (trusting(#""email":"A","groups":"B","roles":{"a":"king"}"#), "/dashboard/trusted_header/roles/a"),
            (trusting(#""email":"A","create_users":true"#), "/dashboard/trusted_header/create_users"),
            (#""dashboard":{"trusted_header":{"email":"A"}}"#, "/dashboard/trusted_header"),
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
            (#""replication":true"#, "/replication"), (#""replication":{}"#, "/replication/litestream_socket"),
            (#""replication":{"litestream_socket":""}"#, "/replication/litestream_socket"),
            (replicating(#""timeout_seconds":0"#), "/replication/timeout_seconds"),
            (replicating(#""timeout_seconds":301"#), "/replication/timeout_seconds"),
            (replicating(#""on_failure":"ignore""#), "/replication/on_failure"),
            (replicating(#""heartbeat":1"#), "/replication/heartbeat"),
            (#""checkpoints":"own",\#(replicating(#""timeout_seconds":1"#))"#, "/checkpoints"),
            (#""Listen":"a:1""#, "/Listen"), (#""a/b":1"#, "/a~1b"), (#""unknown":null"#, "/unknown"),
        ])
    func settings(member: String, place: String) throws {
        let problems = try read("{\"pages\":[],\(member)}").problems
        #expect(problems.map(\.place) == [place])
        #expect(problems.allSatisfy { !$0.message.isEmpty })
    }

    /// `replication` with a valid socket and these additional members.
    private static func replicating(_ members: String) -> String {
        #""replication":{"litestream_socket":"/run/l.sock",\#(members)}"#
    }

    /// A trusted header with these members, and a trusted proxy.
    private static func trusting(_ members: String) -> String {
        #""trusted_proxies":["::1"],"dashboard":{"trusted_header":{\#(members)}}"#
    }

    @Test("Replication has defaults, and leaves checkpoints to Litestream")
    func replication() throws {
        let plain = try read(#"{"pages":[],"replication":{"litestream_socket":"/run/l.sock"}}"#)
        #expect(plain.problems == [])
        #expect(plain.configuration.replication == ReplicationSettings(socket: "/run/l.sock"))
        #expect(plain.configuration.replication?.timeoutSeconds == 5)
        #expect(plain.configuration.replication?.onFailure == .refuse)
        #expect(plain.configuration.checkpointOwner == .external)
        let full = Self.replicating(#""timeout_seconds":300,"on_failure":"local""#)
        let settings = try read(#"{"pages":[],\#(full)}"#).configuration.replication
        #expect(settings?.timeoutSeconds == 300)
        #expect(settings?.onFailure == .local)
        #expect(try read(#"{"pages":[]}"#).configuration.replication == nil)
    }

    private static let files = #""tls":{"certificate":"a.crt","key":"a.key"}"#

    /// One listener with these additional members.
    private static func listener(_ members: String) -> String { #""listen":[{"address":"a:443",\#(members)}]"# }

    /// The file also declares a page.
    @Test(
        "Every problem of listen is reported with its position",
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
        "A page certificate without a TLS listener is reported with its position",
        arguments: [
            (#""domain":"a.example""#, listener(files), []),
            (#""domain":"a.example""#, #""listen":"a:1""#, ["/pages/0/tls"]),
            (#""widget":true"#, listener(files), ["/pages/0/tls"]),
            // The listener is invalid, so the reader cannot know whether it would serve the certificate.
            (#""domain":"a.example""#, listener(#""tls":{"certificate":"a"}"#), ["/listen/0/tls/key"]),
            (#""domain":"a.example""#, #""listen":[{"address":"a",\#(files)}]"#, ["/listen/0/address"]),
        ] as [(String, String, [String])])
    func pageCertificate(pageMember: String, member: String, places: [String]) throws {
        let page = #"{"slug":"a","name":"A",\#(pageMember),\#(Self.files)}"#
        #expect(try read(#"{"pages":[\#(page)],\#(member)}"#).problems.map(\.place) == places)
    }

    @Test("A file must declare pages", arguments: ["{}", #"{"pages":null}"#, #"{"pages":{}}"#])
    func noPages(text: String) throws {
        #expect(try read(text).problems.map(\.place) == ["/pages"])
    }

    /// Each member is on line 2 of its file.
    @Test(
        "A problem is one sentence: the rule, the value and the position",
        arguments: [
            (
                #""listen": 8080"#,
                #"listen must be a string such as "127.0.0.1:8080", or a list; got the number 8080 (config.json:2)"#
            ),
            (
                #""http": {"event_loops": 2000}"#,
                "http.event_loops must be a whole number from 1 to 64; got the number 2000 (config.json:2)"
            ),
            (
                #""http": {"max_fields": 1.5}"#,
                "http.max_fields must be a whole number from 1 to 10000; got the number 1.5 (config.json:2)"
            ),
            (
                #""http": {"max_fields": 123456789012345678901}"#,
                "http.max_fields must be a whole number from 1 to 10000; got the number 123456789012345678901 "
                    + "(config.json:2)"
            ),
            (
                #""http": {"max_fields": "5"}"#,
                #"http.max_fields must be a whole number from 1 to 10000; got "5" (config.json:2)"#
            ),
            (#""lisen": "a:1""#, #"lisen is not a known key; did you mean "listen"? (config.json:2)"#),
            (#""log": {"Level": "info"}"#, #"log.Level is not a known key; did you mean "level"? (config.json:2)"#),
            (#""log": {"x": 1}"#, "log.x is not a known key; known keys: format, level (config.json:2)"),
            (#""log": {"format": "xml"}"#, #"log.format must be one of: text, json; got "xml" (config.json:2)"#),
            (
                #""monitoring": {"metrics": 1}"#,
                "monitoring.metrics must be true or false; got the number 1 (config.json:2)"
            ),
            (
                #""listen": ["a:1", "a:99999"]"#,
                #"listen[1] must end with a port from 0 to 65535, as in "127.0.0.1:8080"; got "a:99999" "#
                    + "(config.json:2, /listen/1)"
            ),
            (
                #""listen": ["a:1", "a:1"]"#,
                #"listen[1] repeats the address "a:1" (config.json:2, /listen/1)"#
            ),
            (
                #""public_url": "https://me:secret@a.example""#,
                #"public_url must not have a user name or password ("@"); got "https://***@a.example" (config.json:2)"#
            ),
            (
                #""pages": [{"slug": "a", "structure": [{"group": {"key": "Eu", "name": "EU"}}], "name": "A"}]"#,
                "group.key must be 1 to 63 lower-case letters, digits and hyphens, and begin with a letter or digit; "
                    + #"got "Eu" (config.json:2, /pages/0/structure/0/group/key, page "a", group "Eu")"#
            ),
            (
                #""pages": [{"slug": "a"}]"#,
                #"name is required (config.json:2, /pages/0/name, page "a")"#
            ),
            (
                #""pages": [{"slug": "a", "name": "A", "structure": [{"key": "k", "name": "K"}]}]"#,
                #"structure[0] must be an object with "component" or "group" or "sub_page", such as "#
                    + #"{"component": {"key": "api", "name": "API"}}; got an object with "key", "name" "#
                    + #"(config.json:2, /pages/0/structure/0, page "a", item "k")"#
            ),
            (
                #""pages": [{"slug": "a", "name": "A", "structure": [{"group": {"key": "g", "name": "G", "#
                    + #""components": [{"component": {"key": "k", "name": "K"}}]}}]}]"#,
                #"group.components[0] must be the component itself, such as {"key": "api", "name": "API"}; "#
                    + #"got an object with "component" "#
                    + #"(config.json:2, /pages/0/structure/0/group/components/0, page "a", group "g")"#
            ),
        ])
    func sentence(member: String, expected: String) throws {
        let pages = member.contains("\"pages\"") ? "" : "\"pages\": [], "
        #expect(try read("{\(pages)\n\(member)}").problems.map(\.description) == [expected])
    }

    /// Whether a value is valid. The file and the environment use the same syntax.
    private func isRight<Value>(_ parsed: ConfigurationValues.Parsed<Value>) -> Bool {
        if case .value = parsed { true } else { false }
    }

    @Test(
        "Addresses to listen on are checked by their parts",
        arguments: [
            ("127.0.0.1:8080", true), ("[::1]:8080", true), ("[::]:0", true), (":8080", true), ("localhost:80", true),
            ("status.example.com:65535", true), ("[fe80::1%eth0]:80", true), ("unix:/run/a.sock", true),
            ("unix:a b", true), ("0.0.0.0:99999", false), (" 0.0.0.0:8080", false), ("0.0.0.0:8080 ", false),
            ("0.0.0.0:8080\n", false), ("1.2.3:80", false), ("1.2.3.256:80", false), ("01.2.3.4:80", false),
            ("a:b", false), ("a:", false), ("a", false), ("8080", false), ("", false), ("a:+80", false),
            ("a: 80", false),
            ("::1:80", false), ("[::1]", false), ("[1.2.3.4]:80", false), ("[::1:80", false), ("[fe80::1%]:80", false),
            ("a b:80", false), ("a_b:80", false), ("-a:80", false), ("a.:80", false), ("a..b:80", false),
            ("http://a:80", false), ("é.example:80", false), ("unix:", false),
        ])
    func listenParts(text: String, isValid: Bool) {
        #expect(isRight(ConfigurationValues.listen(text)) == isValid)
    }

    @Test(
        "URLs are checked by their parts",
        arguments: [
            ("https://status.example.com", true), ("http://localhost:8080", true), ("HTTP://[::1]:1/a/b", true),
            ("https://192.0.2.1", true), ("https://a.example/%7Ea/b;c=d,e@f:g", true), ("https://a:65535/", true),
            ("https://a:99999", false), ("https://a:0", false), ("https://a:", false), ("https://a:+1", false),
            ("https://1.2.3", false), ("https://1.2.3.4.5", false), ("https://::1", false), ("https://[::1", false),
            ("https://[::g]", false), ("https://", false), ("https:///a", false), ("//a", false), ("a.example", false),
            ("ftp://a", false), ("https:/a", false), ("http://x/%zz", false), ("http://x/%4", false),
            ("http://x/%", false),
            ("http://x/a b", false), ("http://x/é", false), (#"http://x/a\b"#, false), ("http://x/{a}", false),
            ("http://x/a/../b", false), ("http://x/.", false), ("https://u@a", false), ("https://u:p@a", false),
            ("https://a?b", false), ("https://a/?", false), ("https://a#b", false), ("https://a/#", false),
            (" https://a", false), ("https://a ", false), ("https://-a", false), ("https://a_b", false),
        ])
    func urlParts(text: String, isValid: Bool) {
        #expect(isRight(ConfigurationValues.publicURL(text)) == isValid)
    }

    @Test(
        "A domain is a DNS name or an IPv4 address",
        arguments: [
            ("a.example", true), ("192.0.2.1", true), ("1.example", true), ("1.2.3", false), ("a.example:80", false),
            ("https://a.example", false), ("a.example/b", false), (" a.example", false), ("[::1]", false),
        ])
    func domain(text: String, isValid: Bool) {
        #expect(isRight(ConfigurationValues.domain(text)) == isValid)
    }

    @Test("All problems are reported at once")
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
