import HTTPServer
import JSONInput
import Logging
import ManagementAPI
import Notifications
import PublicPages
import Publishing
import StatusPages
import Storage

/// Reads the content of a configuration file and notes every problem.
struct ConfigurationReader {
    private let text: ConfigurationText
    private let reader: JSONReader
    private var faults: JSONReader.Faults { reader.faults }

    init(_ text: ConfigurationText) {
        self.text = text
        reader = text.reader
    }

    /// The problems found so far.
    var problems: [ConfigurationProblem] { faults.all.map(text.problem) }

    /// Whether the file has a key.
    func has(_ key: String) -> Bool { reader.has(key) }

    func read() -> Configuration {
        var configuration = Configuration()
        configuration.text = text
        configuration.listen = ListenReader(reader).read() ?? configuration.listen
        if let text = reader.string("public_url") {
            configuration.publicURL = parse(text, "public_url", ConfigurationValues.publicURL)
        }
        if let text = reader.string("database") {
            configuration.database = parse(text, "database", ConfigurationValues.database) ?? configuration.database
        }
        configuration.checkpoints = reader.choice("checkpoints")
        configuration.replication = reader.object("replication").flatMap(ReplicationSettings.init)
        if reader.has("replication"), configuration.checkpoints == .own {
            let rule = "must not be \"own\" with replication, because only Litestream may make the checkpoints then"
            faults.note(JSONFault(.value, .root.appending("checkpoints"), rule))
        }
        configuration.allowsArchiving = reader.bool("allow_archiving") ?? configuration.allowsArchiving
        if let log = reader.object("log") {
            configuration.logLevel = log.choice("level") ?? configuration.logLevel
            configuration.logFormat = log.choice("format") ?? configuration.logFormat
            log.refuseUnknownMembers()
        }
        configuration.http.trustedProxies = readTrustedProxies()
        if let http = reader.object("http") { readSettings(http, into: &configuration.http) }
        configuration.live.makeRoom(among: configuration.http.maxConnections)
        if let live = reader.object("live") {
            readLive(live, into: &configuration.live)
            if !configuration.live.leaveRoom(among: configuration.http.maxConnections) {
                let most = configuration.http.maxConnections
                let message =
                    "leaves no other connections: max_waiting (\(configuration.live.maxWaiting)) and max_streams "
                    + "(\(configuration.live.maxStreams)) must together be less than http.max_connections (\(most))"
                faults.note(JSONFault(.value, .root.appending("live"), message))
            }
        }
        if let limits = reader.object("rate_limits") { readLimits(limits, into: &configuration.rateLimits) }
        if let monitoring = reader.object("monitoring") {
            readMonitoring(monitoring, into: &configuration.monitoring)
        }
        configuration.mail = reader.object("mail").flatMap { MailReader($0).read() }
        if let webhooks = reader.object("webhooks") { readWebhooks(webhooks, into: &configuration.webhooks) }
        if let subscribers = reader.object("subscribers") {
            readSubscribers(subscribers, into: &configuration.subscribers)
        }
        if let notifications = reader.object("notifications") {
            if let seconds = notifications.integer("hold_seconds", in: 0...300) {
                configuration.subscribers.holdSeconds = seconds
            }
            notifications.refuseUnknownMembers()
        }
        if let audit = reader.object("audit") {
            if let days = audit.integer("keep_days", in: 0...36_500) { configuration.keepAuditDays = days }
            audit.refuseUnknownMembers()
        }
        if let dashboard = reader.object("dashboard") {
            readDashboard(dashboard, into: &configuration.dashboard)
            if dashboard.has("trusted_header"), configuration.http.trustedProxies == TrustedProxies() {
                let message = "needs trusted_proxies: the server reads these fields only on connections from them"
                faults.note(JSONFault(.value, dashboard.pointer.appending("trusted_header"), message))
            }
        }
        configuration.subscribers.sender = configuration.mail?.from
        configuration.hasCacheTags = reader.bool("cache_tags") ?? configuration.hasCacheTags
        configuration.mirror = reader.parsed(
            "mirror", { $0.isEmpty || $0.utf8.contains(0) ? nil : $0 }, rule: "must be the path of a directory")
        configuration.purges = (reader.objects("purge") ?? []).compactMap {
            PurgeReader($0, page: nil, configuration.webhooks).read()
        }
        configuration.pages = readPages(&configuration)
        reader.refuseUnknownMembers()
        return configuration
    }

    private func parse<Value>(
        _ text: String, _ name: String, _ parse: (String) -> ConfigurationValues.Parsed<Value>
    ) -> Value? {
        switch parse(text) {
        case .value(let value): return value
        case .problem(let message):
            faults.note(JSONFault(.format, .root.appending(name), message))
            return nil
        }
    }

    private func readSettings(_ http: JSONReader, into settings: inout ServerSettings) {
        settings.eventLoops = http.integer("event_loops", in: 1...ServerSettings.mostEventLoops)
        func set(_ path: WritableKeyPath<ServerSettings, Int>, _ name: String, _ range: ClosedRange<Int>) {
            if let number = http.integer(name, in: range) { settings[keyPath: path] = number }
        }
        set(\.maxConnections, "max_connections", 1...10_000_000)
        set(\.maxConnectionsPerAddress, "max_connections_per_address", 1...10_000_000)
        set(\.maxRequestsPerConnection, "max_requests_per_connection", 1...1_000_000_000)
        set(\.maxRequestLineBytes, "max_request_line_bytes", 64...1_048_576)
        set(\.maxHeadBytes, "max_head_bytes", 256...1_048_576)
        set(\.maxFields, "max_fields", 1...10_000)
        set(\.maxBodyBytes, "max_body_bytes", 1_024...1_073_741_824)
        set(\.maxBufferedBodyBytes, "max_buffered_body_bytes", 1_024...1_099_511_627_776)
        set(\.maxWaitingRequests, "max_waiting_requests", 1...1_000_000)
        let seconds = 1...86_400
        set(\.handshakeTimeout, "handshake_timeout_seconds", seconds)
        set(\.headTimeout, "head_timeout_seconds", seconds)
        set(\.bodyTimeout, "body_timeout_seconds", seconds)
        set(\.minBodyBytesPerSecond, "min_body_bytes_per_second", 1...1_073_741_824)
        set(\.requestTimeout, "request_timeout_seconds", seconds)
        set(\.idleTimeout, "idle_timeout_seconds", seconds)
        set(\.writeTimeout, "write_timeout_seconds", seconds)
        set(\.shutdownTimeout, "shutdown_timeout_seconds", seconds)
        http.refuseUnknownMembers()
    }

    private func readTrustedProxies() -> TrustedProxies {
        let pointer = JSONPointer.root.appending("trusted_proxies")
        let entries = (reader.strings("trusted_proxies") ?? []).enumerated().compactMap { index, text in
            switch ConfigurationValues.trustedProxy(text) {
            case .value(let entry): return entry
            case .problem(let message):
                faults.note(JSONFault(.format, pointer.appending(index), message))
                return TrustedProxies.Entry?.none
            }
        }
        return TrustedProxies(entries)
    }

    private func readMonitoring(_ reader: JSONReader, into monitoring: inout MonitoringSettings) {
        if let text = reader.string("listen") {
            switch ConfigurationValues.listen(text) {
            case .value(let address): monitoring.listen = address
            case .problem(let message): faults.note(JSONFault(.format, reader.pointer.appending("listen"), message))
            }
        }
        monitoring.metrics = reader.bool("metrics") ?? monitoring.metrics
        reader.refuseUnknownMembers()
    }

    private func readLive(_ reader: JSONReader, into live: inout LiveSettings) {
        func set(_ path: WritableKeyPath<LiveSettings, Int>, _ name: String, _ range: ClosedRange<Int>) {
            if let number = reader.integer(name, in: range) { live[keyPath: path] = number }
        }
        set(\.maxWaitSeconds, "max_wait_seconds", 1...3_600)
        set(\.maxWaiting, "max_waiting", 0...10_000_000)
        set(\.maxStreams, "max_streams", 0...10_000_000)
        set(\.heartbeatSeconds, "heartbeat_seconds", 1...3_600)
        reader.refuseUnknownMembers()
    }

    private func readLimits(_ reader: JSONReader, into limits: inout RateLimits) {
        func set(_ path: WritableKeyPath<RateLimits, Int>, _ name: String) {
            if let number = reader.integer(name, in: 0...1_000_000) { limits[keyPath: path] = number }
        }
        set(\.requestsPerMinute, "requests_per_minute")
        set(\.backfillPerSecond, "backfill_per_second")
        set(\.backfillBurst, "backfill_burst")
        reader.refuseUnknownMembers()
    }

    private func readPages(_ configuration: inout Configuration) -> [PageDeclaration] {
        guard let pages = reader.objects("pages") else {
            if !reader.has("pages") {
                faults.note(
                    JSONFault(.missing, .root.appending("pages"), "is required and must be a list of status pages"))
            }
            return []
        }
        // A listener that could not be read may have had TLS.
        let servesNoTLS =
            !configuration.listen.contains { $0.tls != nil }
            && !faults.all.contains { $0.pointer.tokens.first == .name("listen") }
        var slugs: Set<String> = []
        var domains: Set<String> = []
        return pages.compactMap { page in
            guard let page = PageReader(page).read() else { return nil }
            noteRepetition(of: page.declaration.slug, in: &slugs, at: page.pointer.appending("slug"))
            if let domain = page.declaration.domain {
                noteRepetition(of: domain, in: &domains, at: page.pointer.appending("domain"))
                configuration.domainCertificates[domain] = page.tls.map { files in
                    DomainCertificate(files: files, pointer: page.pointer.appending("tls"))
                }
            }
            configuration.pictures[page.declaration.slug] = page.pictures
            configuration.purges += page.purges.compactMap {
                PurgeReader($0, page: page.declaration.slug, configuration.webhooks).read()
            }
            if page.tls != nil, servesNoTLS {
                let message = "has no effect: no address in listen has tls"
                faults.note(JSONFault(.value, page.pointer.appending("tls"), message))
            }
            return page.declaration
        }
    }

    private func noteRepetition(of value: String, in seen: inout Set<String>, at pointer: JSONPointer) {
        if !value.isEmpty, !seen.insert(value).inserted {
            faults.note(JSONFault(.value, pointer, "must differ from that of every other page"))
        }
    }
}

extension JSONReader {
    func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        let rule = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        guard let number = integer(name, rule: rule) else { return nil }
        guard range.contains(number) else {
            faults.note(JSONFault(.value, pointer.appending(name), "must be \(rule)"))
            return nil
        }
        return number
    }
}
