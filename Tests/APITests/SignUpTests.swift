import Foundation
import HTTPServer
import HTTPTypes
import Publishing
import StatusPages
import Storage
import Testing

@testable import allclear

@Suite("Signing up with a page's form")
struct SignUpTests {
    /// The states in which a sign-up finds an address.
    enum Case: CaseIterable {
        case new, pending, active, quarantined, unsubscribed, erased, overLimit, trapped

        func prepare(_ server: TestServer) throws {
            switch self {
            case .new, .trapped: break
            case .pending: try server.subscribe("ada@example.com", .pending)
            case .active: try server.subscribe("ada@example.com")
            case .quarantined: try server.subscribe("ada@example.com", .quarantined)
            case .unsubscribed: try server.subscribe("ada@example.com", .unsubscribed)
            case .erased:
                let subscriber = try server.subscribe("ada@example.com", .unsubscribed)
                try server.application.store.write { transaction in
                    let key = try transaction.reading.subscriptionKey()
                    try transaction.eraseAddress(
                        of: subscriber.id, hash: SubscriptionHash.of("ada@example.com", .email, key: key))
                }
            case .overLimit:
                for _ in 0..<3 { try server.send("email=ada%40example.com") }
            }
        }

        var website: String { self == .trapped ? "&website=x" : "" }

        /// The email that the last sign-up sends; nil for none.
        var mail: Delivery.Kind? {
            switch self {
            case .overLimit, .trapped: nil
            case .active: .manage
            default: .confirmation
            }
        }
    }

    /// The parts of an answer that a client can compare.
    private func visible(_ answer: TestResponse) -> [String] {
        let fields = answer.fields.filter { !["date", "x-request-id"].contains($0.name.canonicalName) }
        return ["\(answer.status)", answer.text] + fields.map { "\($0.name): \($0.value)" }.sorted()
    }

    @Test(
        "Every sign-up gets the same answer, byte for byte, whether it sends an email or not",
        arguments: Case.allCases, Transport.allCases)
    func sameBytes(_ state: Case, _ transport: Transport) throws {
        let server = try TestServer.mailing(transport)
        defer { server.remove() }
        let others = try TestServer.mailing(transport)
        defer { others.remove() }
        try state.prepare(server)
        let before = try server.subscriptions()
        let answer = try server.send("email=ada%40example.com\(state.website)")
        #expect(answer.status == 202)
        // Ids of pages differ between servers.
        let other = try others.send("email=bob%40example.com")
        func neutral(_ lines: [String], _ server: TestServer) -> [String] {
            lines.map { line in server.ids.values.reduce(line) { $0.replacing($1, with: "id") } }
                .map { $0.replacing(/data-version="[0-9a-f]+"/, with: "") }
        }
        #expect(neutral(visible(answer), server) == neutral(visible(other), others))
        let json = try server.send(
            "email=ada%40example.com\(state.website)", fields: .form.accepting("application/json"))
        #expect(json.status == 202)
        #expect(json.text == #"{"status": "confirmation_sent"}"#)
        let added = try server.subscriptions().deliveries.filter { !before.deliveries.contains($0) }
        #expect(added.map(\.kind) == (state.mail.map { [$0, $0] } ?? []))
        #expect(added.allSatisfy { $0.state == .pending && $0.details?.pageURL == "https://status.acme.example" })
        #expect(added.allSatisfy { ($0.details?.linkExpiresAt != nil) == ($0.kind == .confirmation) })
        // Nobody is subscribed before the owner of the address confirms, and nobody loses a subscription.
        let after = try server.subscriptions().subscribers
        #expect(
            after.map(\.state)
                == (state == .new ? [.pending] : state == .trapped ? [] : before.subscribers.map(\.state)))
        if let mailed = added.first, mailed.kind == .confirmation {
            #expect(after.first?.address == "ada@example.com")
            #expect(after.first?.linkExpiresAt == added.first?.details?.linkExpiresAt)
        }
    }

    @Test(
        "Without a choice, the whole page or sub-page counts; a choice is kept until it is confirmed",
        arguments: [
            ("/acme/subscribe", ""), ("/acme/subscribe", "&component_ids={Login}&component_ids={Core}"),
            ("/acme/uk/subscribe", ""), ("/acme/uk/subscribe", "&component_ids={Core}"),
        ])
    func scopes(path: String, chosen: String) throws {
        let server = try TestServer.mailing()
        defer { server.remove() }
        #expect(try server.send("email=%20Ada%40Example.com%20\(chosen)", to: path).status == 202)
        let subscriber = try #require(try server.subscriber("ada@example.com"))
        #expect(subscriber.address == "Ada@Example.com")
        #expect(subscriber.source == .form)
        let ids = chosen.contains("Login") ? ["Login", "Core"] : ["Core"]
        let components = try ids.map { try server.component($0) }
        let subPage = try #require(try server.page().structure.subPages.first).id
        let everything: SubscriptionScope = path.contains("uk") ? .chosen(.init(subPages: [subPage])) : .wholePage
        #expect(subscriber.requestedScope == (chosen.isEmpty ? everything : .chosen(.init(components: components))))
    }

    @Test("The last sign-up counts, and an active subscriber's scope stays")
    func lastScope() throws {
        let server = try TestServer.mailing()
        defer { server.remove() }
        try server.send("email=ada%40example.com&component_ids={Login}")
        try server.send("email=ADA%40example.com")
        #expect(try server.subscriber("ada@example.com")?.requestedScope == .wholePage)
        #expect(try server.subscriptions().subscribers.count == 1)
        let active = try server.subscribe("bob@example.com")
        try server.send("email=bob%40example.com&component_ids={Login}")
        #expect(try server.subscriber("bob@example.com") == active)
    }

    @Test(
        "Invalid sign-ups change nothing, and show every problem",
        arguments: [
            ("", "is_required /email", "address-error"), ("email=", "is_required /email", "address-error"),
            ("email=ada", "invalid_format /email", "address-error"),
            ("email=ada%40example.com%0d%0aBcc:x%40example.com", "invalid_format /email", "address-error"),
            ("email=%22%3e%3cb%3e", "invalid_format /email", "address-error"),
            ("email=a%40b.example&component_ids=x", "unknown_component /component_ids/0", "components-error"),
            (
                "email=a%40b.example&component_ids={Login}&component_ids={Billing}",
                "unknown_component /component_ids/1",
                "components-error"
            ),
            ("email=a%40b.example&component_ids={Portal}", "unknown_component /component_ids/0", "components-error"),
        ])
    func invalid(body: String, error: String, mark: String) throws {
        let server = try TestServer.mailing { $0.subscribers.signUpsPerMinute = 1 }
        defer { server.remove() }
        let page = try server.send(body)
        #expect(page.status == 422)
        #expect(page.text.contains("id=\"\(mark)\""))
        #expect(page.text.contains("aria-describedby=\"\(mark)"))
        #expect(page.text.contains("aria-invalid=\"true\"") == (mark == "address-error"))
        #expect(!page.text.contains("<b>"))
        let json = try server.send(body, fields: .form.accepting("application/json"))
        #expect(json.status == 422)
        #expect(json.errors == [error])
        #expect(try server.subscriptions().subscribers.isEmpty)
    }

    @Test("A component of another part of the page is not offered on a sub-page")
    func offered() throws {
        let server = try TestServer.mailing()
        defer { server.remove() }
        let answer = try server.send(
            "email=a%40b.example&component_ids={Login}", to: "/acme/uk/subscribe",
            fields: .form.accepting("application/json"))
        #expect(answer.errors == ["unknown_component /component_ids/0"])
        let page = try server.call(.get, "/acme/uk/subscribe", token: nil).text
        let values = page.matches(of: /value="([0-9A-Z]{26})"/).map { String($0.1) }
        #expect(values == ["Payments", "Core"].compactMap { server.ids[$0] })
    }

    @Test(
        "The form is also read from JSON",
        arguments: [
            (#"{"email": "ada@example.com", "component_ids": ["{Login}"], "website": ""}"#, 202, [String]()),
            (#"{"email": "ada@example.com", "component_ids": null, "other": 1}"#, 202, []),
            (#"{"email": 5}"#, 422, ["invalid_type /email"]), ("{}", 422, ["is_required /email"]),
            (#"{"email": "ada@example.com", "component_ids": ["{Login}", 7]}"#, 422, ["invalid_type /component_ids/1"]),
            ("[]", 400, ["malformed_body"]), ("{", 400, ["malformed_body"]), ("", 400, ["malformed_body"]),
        ])
    func json(body: String, status: Int, errors: [String]) throws {
        let server = try TestServer.mailing()
        defer { server.remove() }
        let answer = try server.send(body, fields: .json)
        #expect(answer.status == status)
        #expect(answer.errors == errors)
        #expect(answer.fields[.cacheControl] == "no-store")
        #expect(try server.subscriptions().subscribers.count == (status == 202 ? 1 : 0))
    }

    @Test("Bodies of other types, malformed bodies and large bodies are rejected", arguments: Transport.allCases)
    func bodies(_ transport: Transport) throws {
        let server = try TestServer.mailing(transport) { $0.http.maxBodyBytes = 1_024 }
        defer { server.remove() }
        for type in ["multipart/form-data; boundary=x", "text/plain", "x"] {
            let answer = try server.send("email=a%40b.example", fields: [.contentType: type])
            #expect(answer.status == 415)
            #expect(answer.errors == ["unsupported_media_type"])
        }
        for body in ["email=%zz", "email=%ff", "%=x"] {
            #expect(try server.send(body).errors == ["malformed_body"])
        }
        #expect(
            try server.send(
                "email=a%40b.example", fields: [.contentType: "Application/X-WWW-Form-URLencoded; charset=utf-8"]
            ).status == 202)
        if transport == .socket {
            let answer = try server.send("email=" + String(repeating: "a", count: 2_000))
            #expect(answer.status == 413)
            #expect(answer.errors == ["payload_too_large"])
        }
        #expect(try server.subscriptions().subscribers.count == 1)
    }

    @Test("GET, HEAD and OPTIONS change nothing, and other methods are rejected", arguments: Transport.allCases)
    func methods(_ transport: Transport) throws {
        let server = try TestServer.mailing(transport)
        defer { server.remove() }
        for path in ["/acme/subscribe", "/acme/uk/subscribe"] {
            let asked = "\(path)?email=ada%40example.com"
            let page = try server.call(.get, asked, token: nil)
            #expect(page.status == 200)
            #expect(page.text.contains("<form method=\"post\" action=\"\(path)\">"))
            #expect(!page.text.contains("ada"))
            #expect(try server.call(.head, asked, token: nil).body.isEmpty)
            let options = try server.call(.options, path, token: nil)
            #expect(options.status == 204)
            #expect(options.fields[.allow] == "GET, HEAD, POST, OPTIONS")
            for method in [HTTPRequest.Method.put, .delete, .patch] {
                let answer = try server.call(method, path, token: nil, fields: .form, body: "email=ada%40example.com")
                #expect(answer.status == 405)
                #expect(answer.fields[.allow] == "GET, HEAD, POST, OPTIONS")
            }
        }
        let page = try server.call(.get, "/subscribe", token: nil, host: "status.acme.example")
        #expect(page.text.contains("action=\"/subscribe\""))
        #expect(try server.subscriptions().subscribers.isEmpty)
        #expect(try server.send("email=ada%40example.com", to: "/subscribe", host: "status.acme.example").status == 202)
        #expect(try server.subscriptions().subscribers.count == 1)
    }

    @Test("A reload adds and removes the form at once", arguments: Transport.allCases)
    func reload(_ transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        func check(_ hasForm: Bool) throws {
            for path in ["/acme/subscribe", "/acme/uk/subscribe"] {
                let page = try server.call(.get, path, token: nil)
                #expect(page.status == 200)
                #expect(page.text.contains("id=\"feeds\""))
                #expect(page.text.contains("<form") == hasForm)
                #expect(try server.send("email=a%40b.example", to: path).status == (hasForm ? 202 : 404))
                #expect(try server.call(.put, path, token: nil).fields[.allow]?.contains("POST") == hasForm)
            }
            // Email comes first in the menu of every page.
            let front = try server.call(.get, "/acme", token: nil).text
            #expect(front.contains("<ul><li><a href=\"/acme/subscribe#email\">Email</a></li>") == hasForm)
        }
        try check(false)
        #expect(server.reload { $0.subscribers.sender = Mailbox("status@example.com") })
        try check(true)
        #expect(server.reload { $0.pages?[0].subscribe.hasForm = false })
        try check(false)
        #expect(server.reload { $0.pages?[0].subscribe.hasForm = nil })
        try check(true)
        #expect(server.reload { $0.subscribers.sender = nil })
        try check(false)
        // Pages that are not public have no form.
        #expect(server.reload { $0.subscribers.sender = Mailbox("status@example.com") })
        for page in ["clients", "inside", "nobody"] {
            #expect(try server.send("email=a%40b.example", to: "/\(page)/subscribe").status == 404)
        }
    }

    @Test("No cache keeps the answer, and it is in the reader's language")
    func fields() throws {
        let server = try TestServer.mailing { $0.pages?[0].site.languages = [.en, .de] }
        defer { server.remove() }
        var fields = HTTPFields.form
        fields[.acceptLanguage] = "de"
        let answer = try server.send("email=a%40b.example", fields: fields)
        #expect(answer.fields[.contentLanguage] == "de")
        #expect(answer.text.contains("<html lang=\"de\""))
        try answer.expectPrivate()
        #expect(try server.send("email=a%40b.example", to: "/acme/subscribe?lang=de").text.contains("lang=\"de\""))
        #expect(
            try server.call(.get, "/acme/subscribe?lang=de", token: nil).text.contains(
                "action=\"/acme/subscribe?lang=de\""))
    }

    @Test(
        "One client may sign up a few times in ten minutes; sign-ups with a filled trap field count, too",
        arguments: Transport.allCases)
    func perClient(_ transport: Transport) throws {
        let server = try TestServer(transport) { configuration in
            configuration.subscribers.sender = Mailbox("status@example.com")
            configuration.http.trustedProxies = TrustedProxies(blocks: [AddressBlock("127.0.0.0/8")].compactMap(\.self))
        }
        defer { server.remove() }
        func send(_ client: String, _ body: String = "email=a%40b.example") throws -> TestResponse {
            var fields = HTTPFields.form
            guard transport == .inProcess else {
                if let name = HTTPField.Name("X-Forwarded-For") { fields[name] = client }
                return try server.send(body, fields: fields)
            }
            return try server.send(body, from: client)
        }
        for body in ["email=a%40b.example", "email=c%40d.example&website=x", "email=e%40f.example"] {
            #expect(try send("192.0.2.1", body).status == 202)
            #expect(try send("2001:db8::1", body).status == 202)
        }
        #expect(try send("192.0.2.1", "email=nothing").status == 422)
        for number in 2...3 {
            #expect(try send("192.0.2.1").status == 202)
            #expect(try send("2001:db8::\(number)").status == 202)
        }
        for client in ["192.0.2.1", "2001:db8::ffff:1"] {
            let answer = try send(client)
            #expect(answer.status == 429)
            let wait = try #require(answer.fields[.retryAfter].flatMap { Int($0) })
            #expect((500...600).contains(wait))
            #expect(answer.text.contains("<h1>Too many requests</h1>"))
            try answer.expectPrivate()
        }
        for client in ["192.0.2.2", "2001:db8:0:1::1"] { #expect(try send(client).status == 202) }
        let metrics = try server.call(.get, "/metrics", token: nil).text
        #expect(metrics.contains("allclear_sign_ups_refused_total{limit=\"sign_ups_per_client\"} 2\n"))
        #expect(metrics.contains("allclear_sign_ups_refused_total{limit=\"mails_per_address\"} 5\n"))
    }

    @Test("All clients together may sign up a few times in a minute")
    func perMinute() throws {
        let server = try TestServer.mailing { $0.subscribers.signUpsPerMinute = 2 }
        defer { server.remove() }
        for client in ["192.0.2.1", "192.0.2.2"] {
            #expect(try server.send("email=\(client)%40b.example", from: client).status == 202)
        }
        let answer = try server.send(
            "email=c%40b.example", from: "192.0.2.3", fields: .form.accepting("application/json"))
        #expect(answer.status == 429)
        #expect(answer.string("/type") == "too_many_requests")
        #expect((1...60).contains(try #require(answer.fields[.retryAfter].flatMap { Int($0) })))
        #expect(server.reload { $0.subscribers.signUpsPerMinute = 3 })
        #expect(try server.send("email=c%40b.example", from: "192.0.2.3").status == 202)
    }

    @Test("An address gets a few emails in a day from all pages together, even after a restart")
    func perAddress() throws {
        let server = try TestServer.mailing { $0.pages?[1].kind = .public }
        defer { server.remove() }
        for path in [
            "/acme/subscribe", "/clients/subscribe", "/acme/uk/subscribe", "/acme/subscribe", "/clients/subscribe",
        ] {
            #expect(try server.send("email=ada%40example.com", to: path).status == 202)
        }
        let clients = try server.page("clients").id
        let others = try server.application.store.read { try $0.deliveries(of: clients, limit: 10) ?? [] }
        #expect(try server.subscriptions().deliveries.count + others.count == 3)
        #expect(try server.send("email=bob%40example.com").status == 202)
        #expect(try server.subscriptions().deliveries.count + others.count == 4)
    }
}

extension HTTPFields {
    func accepting(_ type: String) -> HTTPFields {
        var fields = self
        fields[.accept] = type
        return fields
    }
}

extension TestServer {
    /// Sends a form from a client's address, without a socket.
    func send(_ body: String, from client: String, fields: HTTPFields = .form) throws -> TestResponse {
        try call(.post, "/acme/subscribe", token: nil, fields: fields, from: client, body: body)
    }
}

extension TestResponse {
    /// Checks the fields that keep a page out of caches, search engines and other sites' logs.
    func expectPrivate() throws {
        #expect(fields[.cacheControl] == "no-store")
        #expect(field("Referrer-Policy") == "no-referrer")
        #expect(field("X-Robots-Tag") == "noindex")
        #expect(field("X-Frame-Options") == "DENY")
        #expect(
            fields[.contentSecurityPolicy] == """
                default-src 'none'; base-uri 'none'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; \
                img-src 'self'; script-src 'self'; style-src 'self'
                """)
        #expect(fields[.contentType] == "text/html; charset=utf-8")
        #expect(fields[.setCookie] == nil && fields[.eTag] == nil && fields[.location] == nil)
        #expect(!text.contains("<script") && !text.contains("rel=\"canonical\"") && !text.contains("og:url"))
    }
}
