import JSONInput
import Notifications
import Publishing
import StatusPages

/// Reads the settings for subscribers and webhooks.
extension ConfigurationReader {
    func readWebhooks(_ reader: JSONReader, into webhooks: inout WebhookSettings) {
        webhooks.httpsOnly = reader.bool("https_only") ?? webhooks.httpsOnly
        webhooks.allowedNetworks = (reader.strings("allowed_networks") ?? []).enumerated().compactMap { index, text in
            let network = InternetNetwork(text)
            if network == nil {
                let rule =
                    "must be an IP address, or a block such as \"10.0.0.0/8\" or \"fd00::/8\" with only 0 bits after "
                    + "the prefix"
                reader.faults.note(
                    JSONFault(.format, reader.pointer.appending("allowed_networks").appending(index), rule))
            }
            return network
        }
        webhooks.proxy = reader.parsed(
            "proxy", Self.proxy, rule: "must be a URL such as \"http://proxy.acme.example:3128\"")
        func set(_ path: WritableKeyPath<WebhookSettings, Int>, _ name: String, _ range: ClosedRange<Int>) {
            if let number = reader.integer(name, in: range) { webhooks[keyPath: path] = number }
        }
        set(\.timeoutSeconds, "timeout_seconds", 1...300)
        set(\.maxConcurrent, "max_concurrent", 1...1_000)
        set(\.giveUpSeconds, "give_up_seconds", 1...JSONReader.longestWait)
        set(\.quarantineAfterSeconds, "quarantine_after_seconds", 1...JSONReader.longestWait)
        webhooks.retrySeconds = reader.waits("retry_seconds") ?? webhooks.retrySeconds
        reader.refuseUnknownMembers()
    }

    private static func proxy(_ text: String) -> String? {
        guard let url = try? WebURL(text), url.path.isEmpty else { return nil }
        return url.description
    }

    func readSubscribers(_ reader: JSONReader, into rules: inout SubscriptionRules) {
        func set(_ path: WritableKeyPath<SubscriptionRules, Int>, _ name: String, _ range: ClosedRange<Int>) {
            if let number = reader.integer(name, in: range) { rules[keyPath: path] = number }
        }
        set(\.maxForAPINotification, "max_for_api_notification", 0...10_000_000)
        set(\.confirmationSeconds, "confirmation_seconds", 60...JSONReader.longestWait)
        set(\.signUpsPerClient, "sign_ups_per_client", 1...1_000_000)
        set(\.mailsPerAddress, "mails_per_address", 1...1_000)
        set(\.signUpsPerMinute, "sign_ups_per_minute", 1...1_000_000)
        set(\.keepDeliveriesDays, "keep_deliveries_days", 1...3_650)
        set(\.keepUnsubscribedDays, "keep_unsubscribed_days", 1...3_650)
        reader.refuseUnknownMembers()
    }
}

extension PageReader {
    /// Reads `subscribe` of a page.
    static func subscribe(_ reader: JSONReader, of kind: StatusPage.Kind) -> SubscribeSettings {
        let hasForm = reader.bool("form")
        if hasForm == true, kind == .internal {
            let rule = "must not be true for an internal page, which has no subscribers"
            reader.faults.note(JSONFault(.value, reader.pointer.appending("form"), rule))
        }
        let settings = SubscribeSettings(
            hasForm: hasForm, from: reader.parsed("from", Mailbox.init, rule: JSONReader.mailboxRule),
            replyTo: reader.parsed("reply_to", Mailbox.init, rule: JSONReader.mailboxRule))
        reader.refuseUnknownMembers()
        return settings
    }
}

// MARK: Values from the rest of the configuration

extension Configuration {
    /// Fills in the values that the settings for mail take from the environment and from other settings.
    /// - Returns: the problem with the password, if there is one.
    mutating func completeMail(_ environment: [String: String]) -> ConfigurationProblem? {
        guard var mail else { return nil }
        if mail.helo.isEmpty { mail.helo = Self.helo(of: serverURL) }
        // An XOAUTH2 token expires, so it must come from a file, which can be updated while the server runs.
        if mail.username != nil, mail.login != .xoauth2, let password = environment["ALLCLEAR_MAIL_PASSWORD"],
            !password.isEmpty
        {
            mail.password = .text(password)
        }
        self.mail = mail
        guard mail.username != nil, mail.password == nil, mail.login != .xoauth2 else { return nil }
        let rule = "needs a password: name a file in password_file, or set ALLCLEAR_MAIL_PASSWORD"
        return problem(at: .root.appending("mail").appending("username"), rule)
    }

    /// The name of this server for EHLO (RFC 5321 §4.1.3).
    private static func helo(of serverURL: String) -> String {
        guard let host = try? WebURL(serverURL).host else { return "localhost" }
        if host.hasPrefix("[") { return "[IPv6:\(host.dropFirst())" }
        return InternetAddress(host) == nil ? host : "[\(host)]"
    }

    /// Every problem with the files that the settings for mail name.
    func mailFileProblems() -> [ConfigurationProblem] {
        guard let mail else { return [] }
        let place = JSONPointer.root.appending("mail")
        var problems: [ConfigurationProblem] = []
        if let path = mail.caFile, mail.encryption != .none {
            do throws(FileContents.Unreadable) {
                let content = try FileContents.read(path)
                if content.firstRange(of: Array("-----BEGIN CERTIFICATE-----".utf8)) == nil {
                    problems.append(
                        problem(at: place.appending("ca_file"), "is \(path.quoted), which has no PEM certificate"))
                }
            } catch {
                problems.append(
                    problem(at: place.appending("ca_file"), "is \(path.quoted), which cannot be read: \(error)"))
            }
        }
        if case .file(let path)? = mail.password {
            do throws(MailSettings.Password.Unreadable) {
                _ = try MailSettings.Password.file(path).read()
            } catch {
                problems.append(
                    problem(at: place.appending("password_file"), "is \(path.quoted), which \(error.reason)"))
            }
        }
        return problems
    }
}
