import JSONInput
import Notifications
import StatusPages

/// Reads `mail`, the settings for sending email.
struct MailReader {
    private let reader: JSONReader

    init(_ reader: JSONReader) { self.reader = reader }

    /// - Returns: nil if a required part could not be read. The reader has then noted a fault.
    func read() -> MailSettings? {
        let host = required("host", Self.host, rule: "must be \(HostSyntax.rule)")
        let from = required("from", Mailbox.init, rule: JSONReader.mailboxRule)
        let relay = Relay(
            encryption: reader.choice("tls") ?? .startTLS, caFile: reader.path("ca_file"), username: username(),
            passwordFile: reader.path("password_file"), login: reader.choice("auth"))
        check(relay, host: host)
        let numbers = numbers()
        let retrySeconds = reader.waits("retry_seconds")
        let replyTo = reader.parsed("reply_to", Mailbox.init, rule: JSONReader.mailboxRule)
        let returnPath = reader.parsed(
            "return_path", EmailAddress.init, rule: "must be an address such as \"bounces@acme.example\"")
        let helo = reader.parsed(
            "helo", { HostSyntax.isNameOrIPv4($0) ? $0 : nil },
            rule: "must be a host name such as \"status.acme.example\"")
        reader.refuseUnknownMembers()
        guard let host, let from else { return nil }
        var settings = MailSettings(host: host, from: from)
        settings.encryption = relay.encryption
        settings.caFile = relay.caFile
        settings.username = relay.username
        settings.password = relay.passwordFile.map(MailSettings.Password.file)
        settings.login = relay.login
        settings.replyTo = replyTo
        settings.returnPath = returnPath
        settings.helo = helo ?? settings.helo
        for (path, number) in numbers { settings[keyPath: path] = number }
        settings.retrySeconds = retrySeconds ?? settings.retrySeconds
        return settings
    }

    // MARK: The relay

    private struct Relay {
        let encryption: MailSettings.Encryption
        let caFile: String?
        let username: String?
        let passwordFile: String?
        let login: MailSettings.Login?
    }

    private func check(_ relay: Relay, host: String?) {
        if relay.encryption == .none, relay.caFile != nil { note("ca_file", "has no effect if tls is \"none\"") }
        if relay.username == nil {
            for name in ["auth", "password_file"] where reader.has(name) {
                note(name, "has no effect without a username")
            }
        } else if relay.encryption == .none, let host, !Self.isLoopback(host) {
            note(
                "tls",
                "must be \"starttls\" or \"implicit\" if there is a username, because the password would be readable on "
                    + "the way")
        }
        if relay.login == .xoauth2, relay.passwordFile == nil {
            note("auth", "must not be \"xoauth2\" without a password_file, which holds the token")
        }
    }

    private static func isLoopback(_ host: String) -> Bool {
        host.lowercased() == "localhost" || InternetAddress(host)?.isLoopback == true
    }

    /// - Returns: an IPv6 address without its brackets.
    private static func host(_ text: String) -> String? {
        if HostSyntax.isNameOrIPv4(text) { return text }
        let bare = text.hasPrefix("[") && text.hasSuffix("]") ? String(text.dropFirst().dropLast()) : text
        return HostSyntax.isIPv6(bare) ? bare : nil
    }

    private func username() -> String? {
        reader.parsed(
            "username",
            { $0.isEmpty || $0.unicodeScalars.contains { $0.properties.generalCategory == .control } ? nil : $0 },
            rule: "must not be empty or contain control characters")
    }

    // MARK: Numbers

    private func numbers() -> [(WritableKeyPath<MailSettings, Int>, Int)] {
        var numbers: [(WritableKeyPath<MailSettings, Int>, Int)] = []
        func read(_ path: WritableKeyPath<MailSettings, Int>, _ name: String, _ range: ClosedRange<Int>) {
            if let number = reader.integer(name, in: range) { numbers.append((path, number)) }
        }
        read(\.port, "port", 1...65_535)
        read(\.maxConnections, "max_connections", 1...100)
        read(\.maxMessagesPerConnection, "max_messages_per_connection", 1...1_000_000)
        read(\.maxPerMinute, "max_per_minute", 0...1_000_000)
        read(\.timeoutSeconds, "timeout_seconds", 1...3_600)
        read(\.giveUpSeconds, "give_up_seconds", 1...JSONReader.longestWait)
        return numbers
    }

    private func required<Value>(_ name: String, _ parse: (String) -> Value?, rule: String) -> Value? {
        if !reader.has(name) {
            reader.faults.note(JSONFault(.missing, reader.pointer.appending(name), "is required"))
        }
        return reader.parsed(name, parse, rule: rule)
    }

    private func note(_ name: String, _ rule: String) {
        reader.faults.note(JSONFault(.value, reader.pointer.appending(name), rule))
    }
}

extension JSONReader {
    /// The longest time that a setting may have, in seconds: 30 days.
    static let longestWait = 2_592_000

    static let mailboxRule = #"must be an address such as "status@acme.example" or "Acme Status <status@acme.example>""#

    /// A text that `parse` understands.
    /// - Parameter rule: what the text must be, for the fault.
    func parsed<Value>(_ name: String, _ parse: (String) -> Value?, rule: String) -> Value? {
        guard let text = string(name) else { return nil }
        guard let value = parse(text) else {
            faults.note(JSONFault(.format, pointer.appending(name), rule))
            return nil
        }
        return value
    }

    /// The path of a file.
    func path(_ name: String) -> String? {
        parsed(name, { $0.isEmpty || $0.utf8.contains(0) ? nil : $0 }, rule: "must be the path of a file")
    }

    /// The waits between attempts, in seconds.
    func waits(_ name: String) -> [Int]? {
        guard let waits = integers(name, in: 1...Self.longestWait, atMost: 100) else { return nil }
        if waits.isEmpty, !faults.covers(pointer.appending(name)) {
            faults.note(JSONFault(.value, pointer.appending(name), "must have at least one number"))
        }
        return waits.isEmpty ? nil : waits
    }
}
