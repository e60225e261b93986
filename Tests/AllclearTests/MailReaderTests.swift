import Foundation
import Notifications
import Publishing
import StatusPages
import TestSupport
import Testing

@testable import allclear

@Suite("Reading the settings for mail, webhooks and subscribers")
struct MailReaderTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func load(
        _ members: String, environment: [String: String] = [:]
    ) throws -> (configuration: Configuration, problems: [ConfigurationProblem]) {
        let file = try directory.write(
            """
            {"database": "\(directory.file("a.db"))", "public_url": "https://status.acme.example",
             "pages": [{"slug": "main", "name": "Main"}], \(members)}
            """, to: "config.json")
        let loader = ConfigurationLoader(file: file, environment: environment)
        do throws(InvalidConfiguration) {
            return (try loader.loadToServe().configuration, [])
        } catch {
            return (loader.loadWhatIsRight().configuration, error.problems)
        }
    }

    private static let least = #""host": "relay.acme.example", "from": "status@acme.example""#

    @Test("Without mail there is no mail channel")
    func none() throws {
        let configuration = try load(#""mail": null"#).configuration
        #expect(configuration.mail == nil)
        #expect(!configuration.subscribers.hasMail)
        #expect(configuration.webhooks == WebhookSettings())
        #expect(configuration.subscribers == SubscriptionRules())
    }

    @Test("The smallest settings for mail have the defaults")
    func defaults() throws {
        let (configuration, problems) = try load("\"mail\": {\(Self.least)}")
        #expect(problems == [])
        var expected = MailSettings(
            host: "relay.acme.example", from: try #require(Mailbox("status@acme.example")))
        expected.helo = "status.acme.example"
        #expect(configuration.mail == expected)
        #expect(configuration.mail?.port == 587 && configuration.mail?.encryption == .startTLS)
        #expect(configuration.subscribers.hasMail)
    }

    @Test("All settings are read")
    func everything() throws {
        let password = try directory.write("secret", to: "password")
        let authority = try directory.write("-----BEGIN CERTIFICATE-----\n", to: "ca.pem")
        let (configuration, problems) = try load(
            """
            "mail": {"host": "[::1]", "port": 465, "tls": "implicit", "ca_file": "\(authority)", "username": "acme",
              "password_file": "\(password)", "auth": "login", "from": "Acme <status@acme.example>",
              "reply_to": "help@acme.example", "return_path": "bounces@acme.example", "helo": "out.acme.example",
              "max_connections": 1, "max_messages_per_connection": 2, "max_per_minute": 3, "timeout_seconds": 4,
              "give_up_seconds": 5, "retry_seconds": [6, 7]},
            "webhooks": {"https_only": false, "allowed_networks": ["10.0.0.0/8", "::1"], "proxy": "http://proxy:3128",
              "timeout_seconds": 1, "max_concurrent": 2, "give_up_seconds": 3, "retry_seconds": [4],
              "quarantine_after_seconds": 5},
            "subscribers": {"max_for_api_notification": 0, "confirmation_seconds": 61, "sign_ups_per_client": 1,
              "mails_per_address": 2, "sign_ups_per_minute": 3, "keep_deliveries_days": 4, "keep_unsubscribed_days": 5},
            "notifications": {"hold_seconds": 0}
            """)
        #expect(problems == [])
        var mail = MailSettings(host: "::1", from: try #require(Mailbox("Acme <status@acme.example>")))
        mail.port = 465
        mail.encryption = .implicit
        mail.caFile = authority
        mail.username = "acme"
        mail.password = .file(password)
        mail.login = .login
        mail.replyTo = Mailbox("help@acme.example")
        mail.returnPath = EmailAddress("bounces@acme.example")
        mail.helo = "out.acme.example"
        (mail.maxConnections, mail.maxMessagesPerConnection, mail.maxPerMinute) = (1, 2, 3)
        (mail.timeoutSeconds, mail.giveUpSeconds, mail.retrySeconds) = (4, 5, [6, 7])
        #expect(configuration.mail == mail)
        var webhooks = WebhookSettings()
        webhooks.httpsOnly = false
        webhooks.allowedNetworks = ["10.0.0.0/8", "::1"].compactMap(InternetNetwork.init)
        webhooks.proxy = "http://proxy:3128"
        (webhooks.timeoutSeconds, webhooks.maxConcurrent, webhooks.giveUpSeconds) = (1, 2, 3)
        (webhooks.retrySeconds, webhooks.quarantineAfterSeconds) = ([4], 5)
        #expect(configuration.webhooks == webhooks)
        var rules = SubscriptionRules()
        rules.sender = mail.from
        (rules.maxForAPINotification, rules.confirmationSeconds, rules.signUpsPerClient) = (0, 61, 1)
        (rules.mailsPerAddress, rules.signUpsPerMinute) = (2, 3)
        (rules.keepDeliveriesDays, rules.keepUnsubscribedDays, rules.holdSeconds) = (4, 5, 0)
        #expect(configuration.subscribers == rules)
    }

    @Test("A page has its own sender and says whether it has a form")
    func page() throws {
        let members =
            #""pages": [{"slug": "a", "name": "A", "subscribe": {"form": false, "from": "A <a@acme.example>", "#
            + #""reply_to": "b@acme.example"}}]"#
        let file = try directory.write("{\(members)}", to: "page.json")
        let pages = try ConfigurationLoader(file: file, environment: [:]).load().pages
        #expect(
            pages?.first?.subscribe
                == SubscribeSettings(
                    hasForm: false, from: Mailbox("A <a@acme.example>"), replyTo: Mailbox("b@acme.example")))
    }

    @Test("The variable for the password overrides the file, except for tokens")
    func password() throws {
        let file = try directory.write("token", to: "token")
        let environment = ["ALLCLEAR_MAIL_PASSWORD": "secret"]
        let login = #""username": "acme""#
        #expect(
            try load("\"mail\": {\(Self.least), \(login)}", environment: environment).configuration.mail?.password
                == .text("secret"))
        #expect(
            try load(
                "\"mail\": {\(Self.least), \(login), \"password_file\": \"\(file)\"}", environment: environment
            ).configuration.mail?.password == .text("secret"))
        #expect(
            try load(
                "\"mail\": {\(Self.least), \(login), \"auth\": \"xoauth2\", \"password_file\": \"\(file)\"}",
                environment: environment
            ).configuration.mail?.password == .file(file))
        #expect(
            try load("\"mail\": {\(Self.least)}", environment: environment).configuration.mail?.password == nil)
    }

    @Test(
        "The name for EHLO is the host of the public URL",
        arguments: [
            ("https://status.acme.example/x", "status.acme.example"), ("http://192.0.2.1:8080", "[192.0.2.1]"),
            ("http://[2001:db8::1]:8080", "[IPv6:2001:db8::1]"),
        ])
    func helo(url: String, expected: String) throws {
        let found = try load(
            "\"mail\": {\(Self.least)}", environment: ["ALLCLEAR_PUBLIC_URL": url]
        ).configuration.mail?.helo
        #expect(found == expected)
    }

    @Test(
        "Every invalid setting is reported with its place",
        arguments: [
            (#""mail": true"#, ["/mail"]), (#""mail": {}"#, ["/mail/from", "/mail/host"]),
            (#""mail": {"host": "", "from": "x"}"#, ["/mail/from", "/mail/host"]),
            (#""mail": {"host": "a b", "from": "a@b"}"#, ["/mail/from", "/mail/host"]),
            (#""mail": {"host": "smtp://relay", "from": "a@b.example"}"#, ["/mail/host"]),
            (#""mail": {"host": "relay:25", "from": "a@b.example"}"#, ["/mail/host"]),
            (#""mail": {"host": "relay", "from": "A\r\nBcc: x <a@b.example>"}"#, ["/mail/from"]),
            (#""mail": {"port": 0, \#(least)}"#, ["/mail/port"]),
            (#""mail": {"port": 65536, \#(least)}"#, ["/mail/port"]),
            (#""mail": {"tls": "opportunistic", \#(least)}"#, ["/mail/tls"]),
            (#""mail": {"tls": "none", "ca_file": "/dev/null", \#(least)}"#, ["/mail/ca_file"]),
            (#""mail": {"ca_file": "/nowhere", \#(least)}"#, ["/mail/ca_file"]),
            (#""mail": {"ca_file": "/dev/null", \#(least)}"#, ["/mail/ca_file"]),
            (#""mail": {"username": "", \#(least)}"#, ["/mail/username"]),
            (#""mail": {"username": "acme", \#(least)}"#, ["/mail/username"]),
            (#""mail": {"username": "acme", "password_file": "/nowhere", \#(least)}"#, ["/mail/password_file"]),
            (#""mail": {"username": "acme", "password_file": "/dev/null", \#(least)}"#, ["/mail/password_file"]),
            (#""mail": {"password_file": "/etc/hostname", \#(least)}"#, ["/mail/password_file"]),
            (#""mail": {"auth": "plain", \#(least)}"#, ["/mail/auth"]),
            (#""mail": {"auth": "cram-md5", \#(least)}"#, ["/mail/auth"]),
            (#""mail": {"auth": "xoauth2", "username": "acme", \#(least)}"#, ["/mail/auth"]),
            (
                #""mail": {"tls": "none", "username": "acme", "password_file": "/etc/passwd", \#(least)}"#,
                ["/mail/tls"]
            ),
            (
                #""mail": {"reply_to": "x", "return_path": "A <a@b.example>", \#(least)}"#,
                ["/mail/reply_to", "/mail/return_path"]
            ),
            (#""mail": {"helo": "a b", \#(least)}"#, ["/mail/helo"]),
            (
                #""mail": {"max_connections": 0, "max_messages_per_connection": 0, "max_per_minute": -1, \#(least)}"#,
                ["/mail/max_connections", "/mail/max_messages_per_connection", "/mail/max_per_minute"]
            ),
            (
                #""mail": {"timeout_seconds": 0, "give_up_seconds": -1, "retry_seconds": [], \#(least)}"#,
                ["/mail/give_up_seconds", "/mail/retry_seconds", "/mail/timeout_seconds"]
            ),
            (
                #""mail": {"retry_seconds": [1, 0, "a", 2.5], \#(least)}"#,
                ["/mail/retry_seconds/1", "/mail/retry_seconds/2", "/mail/retry_seconds/3"]
            ),
            (#""mail": {"password": "secret", \#(least)}"#, ["/mail/password"]),
            (
                #""webhooks": {"https_only": "no", "allowed_networks": ["10.0.0.1/8", 1]}"#,
                ["/webhooks/allowed_networks/0", "/webhooks/allowed_networks/1", "/webhooks/https_only"]
            ),
            (#""webhooks": {"proxy": "proxy:3128"}"#, ["/webhooks/proxy"]),
            (#""webhooks": {"proxy": "http://proxy/path"}"#, ["/webhooks/proxy"]),
            (
                #""webhooks": {"timeout_seconds": 0, "max_concurrent": 0, "retry_seconds": 5, "x": 1}"#,
                ["/webhooks/max_concurrent", "/webhooks/retry_seconds", "/webhooks/timeout_seconds", "/webhooks/x"]
            ),
            (
                #""subscribers": {"max_for_api_notification": -1, "confirmation_seconds": 0, "keep_deliveries_days": 0}"#,
                [
                    "/subscribers/confirmation_seconds", "/subscribers/keep_deliveries_days",
                    "/subscribers/max_for_api_notification",
                ]
            ),
            (#""notifications": {"hold_seconds": 301, "x": 1}"#, ["/notifications/hold_seconds", "/notifications/x"]),
        ] as [(String, [String])])
    func problems(members: String, places: [String]) throws {
        #expect(try load(members).problems.map(\.place).sorted() == places)
    }

    @Test(
        "A password may go unencrypted only to this machine",
        arguments: ["localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "::1", "[::1]"])
    func loopback(host: String) throws {
        let password = try directory.write("secret", to: "password")
        let members =
            #""mail": {"host": "\#(host)", "from": "a@b.example", "tls": "none", "username": "acme", "#
            + #""password_file": "\#(password)"}"#
        #expect(try load(members).problems == [])
    }

    @Test("Messages name the value, the place and what to do")
    func sentences() throws {
        let members = """
            "mail": {"tls": "none", "username": "acme", "password_file": "/nowhere", \(Self.least)}
            """
        let messages = try load(members).problems.map(\.message)
        let place = "(\(directory.file("config.json")):2)"
        #expect(
            messages == [
                "mail.tls must be \"starttls\" or \"implicit\" if there is a username, because the password would be "
                    + "readable on the way; got \"none\" \(place)",
                "mail.password_file is \"/nowhere\", which cannot be read: No such file or directory \(place)",
            ])
    }

    @Test("A form on an internal page is an error, and subscribe and subscriptions are reserved words")
    func pages() throws {
        let file = try directory.write(
            """
            {"pages": [
              {"slug": "subscribe", "name": "A"}, {"slug": "subscriptions", "name": "B"},
              {"slug": "c", "name": "C", "kind": "internal", "subscribe": {"form": true}},
              {"slug": "d", "name": "D", "subscribe": {"from": "x", "to": 1}},
              {"slug": "e", "name": "E", "structure": [{"sub_page": {"key": "subscriptions", "name": "S"}}]}]}
            """, to: "pages.json")
        let places = ConfigurationLoader(file: file, environment: [:]).loadWhatIsRight().problems.map(\.place)
        #expect(
            Set(places) == [
                "/pages/0/slug", "/pages/1/slug", "/pages/2/subscribe/form", "/pages/3/subscribe/from",
                "/pages/3/subscribe/to", "/pages/4/structure/0/sub_page/key",
            ])
    }

    @Test("A running server applies all settings for mail, webhooks and subscribers")
    func reload() throws {
        let old = Configuration()
        var new = Configuration()
        new.mail = MailSettings(host: "relay", from: try #require(Mailbox("a@b.example")))
        new.webhooks.httpsOnly = false
        new.subscribers.mailsPerAddress = 1
        let (taken, unapplied) = new.applicable(to: old)
        #expect(unapplied == [])
        #expect(taken.mail == new.mail && taken.webhooks == new.webhooks && taken.subscribers == new.subscribers)
    }
}
