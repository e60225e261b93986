import Foundation
import HTTPServer
import HTTPTypes
import Publishing
import StatusPages
import Storage
import TestSupport
import Testing

@testable import allclear

@Suite("The links in emails to subscribers")
struct SubscriptionLinkTests {
    /// The three addresses, with the purpose of their tokens.
    private static let routes: [(purpose: SubscriptionToken.Purpose, end: String)] = [
        (.confirm, "/confirm"), (.manage, ""), (.unsubscribe, "/unsubscribe"),
    ]

    @Test("A confirmation makes the subscriber active, and can be repeated", arguments: Transport.allCases)
    func confirm(_ transport: Transport) throws {
        let server = try TestServer.mailing(transport)
        defer { server.remove() }
        try server.send("email=ada%40example.com&component_ids={Login}")
        let pending = try #require(try server.subscriber("ada@example.com"))
        let path = "/acme/subscriptions/\(try server.linkToken(.confirm, of: pending, hours: 24))/confirm"
        let page = try server.call(.get, path, token: nil)
        #expect(page.status == 200)
        #expect(page.text.contains("a***@example.com") && !page.text.contains("ada@"))
        #expect(page.text.contains("<form method=\"post\" action=\"\(path)\">"))
        try page.expectPrivate()
        for _ in 0..<2 {
            let answer = try server.send("", to: path)
            #expect(answer.status == 200)
            #expect(answer.text.contains("<h1>You are subscribed</h1>"))
            try answer.expectPrivate()
            let subscriber = try #require(try server.subscriber("ada@example.com"))
            #expect(subscriber.state == .active && subscriber.confirmedAt != nil && subscriber.requestedScope == nil)
            #expect(subscriber.scope == pending.requestedScope)
            let manage = "/acme/subscriptions/\(try server.linkToken(.manage, of: pending))"
            #expect(answer.text.contains("href=\"\(manage)\""))
            #expect(try server.call(.get, manage, token: nil).status == 200)
        }
        #expect(try server.subscriptions().deliveries.map(\.state) == [.cancelled])
        #expect(try server.send("", to: path, fields: .json).text == #"{"status": "active"}"#)
    }

    @Test("GET and HEAD change nothing", arguments: Transport.allCases)
    func reads(_ transport: Transport) throws {
        let server = try TestServer.mailing(transport)
        defer { server.remove() }
        try server.send("email=new%40example.com")
        for state in Subscriber.State.allCases { try server.subscribe("\(state.rawValue)@example.com", state) }
        let before = try server.subscriptions()
        for subscriber in before.subscribers {
            for (purpose, end) in Self.routes {
                let expiry: Int64? = purpose == .confirm ? 1 : nil
                let token = try server.linkToken(purpose, of: subscriber, hours: expiry)
                let path = "/acme/subscriptions/\(token)\(end)?whole_page=1&component_ids={Login}"
                let page = try server.call(.get, path, token: nil)
                #expect(page.status == 200)
                try page.expectPrivate()
                let head = try server.call(.head, path, token: nil)
                #expect(head.status == 200 && head.body.isEmpty)
                #expect(head.fields[.cacheControl] == "no-store")
                let options = try server.call(.options, path, token: nil)
                #expect(options.fields[.allow] == "GET, HEAD, POST, OPTIONS")
                let put = try server.call(.put, path, token: nil)
                #expect(put.status == 405 && put.fields[.allow] == "GET, HEAD, POST, OPTIONS")
            }
        }
        let after = try server.subscriptions()
        #expect(after.subscribers == before.subscribers)
        #expect(after.deliveries == before.deliveries)
    }

    @Test(
        "A token works only for its own purpose and page, except that a manage token also unsubscribes",
        arguments: Transport.allCases)
    func purposes(_ transport: Transport) throws {
        let server = try TestServer.mailing(transport) { $0.pages?[1].kind = .public }
        defer { server.remove() }
        let subscriber = try server.subscribe("ada@example.com")
        let other = try server.subscribe("ada@example.com", page: "clients")
        for (purpose, _) in Self.routes {
            let token = try server.linkToken(purpose, of: subscriber, hours: purpose == .confirm ? 1 : nil)
            // A token of another page, even one made for this subscriber.
            let foreign = try server.linkToken(purpose, of: other)
            let misplaced = try server.linkToken(purpose, of: other, page: "acme")
            for (wanted, end) in Self.routes {
                let isServed = purpose == wanted || purpose == .manage && wanted == .unsubscribe
                let path = "/acme/subscriptions/\(token)\(end)"
                #expect(try server.call(.get, path, token: nil).status == (isServed ? 200 : 404), "\(purpose) \(end)")
                for wrong in [
                    "/acme/subscriptions/\(foreign)\(end)", "/clients/subscriptions/\(token)\(end)",
                    "/acme/uk/subscriptions/\(token)\(end)", "/nobody/subscriptions/\(token)\(end)",
                ] + (isServed ? [] : [path]) {
                    #expect(try server.call(.get, wrong, token: nil).status == 404, "\(wrong)")
                    #expect(try server.send("whole_page=1", to: wrong).status == 404, "\(wrong)")
                }
                let answer = try server.send("whole_page=1", to: "/acme/subscriptions/\(misplaced)\(end)")
                #expect(answer.status == (!isServed ? 404 : purpose == .confirm ? 410 : 200))
            }
        }
        #expect(try server.subscriber("ada@example.com") == subscriber)
        #expect(try server.subscriber("ada@example.com", page: "clients") == other)
    }

    @Test("A forged token gets 404, and is not logged")
    func forged() throws {
        let server = try TestServer.mailing()
        defer { server.remove() }
        let subscriber = try server.subscribe("ada@example.com")
        let token = try server.linkToken(.manage, of: subscriber)
        let changed = (0..<token.count).map { place -> String in
            var digits = Array(token)
            digits[place] = digits[place] == "A" ? "B" : "A"
            return String(digits)
        }
        let forged =
            changed + [
                "", "x", String(token.dropLast()), token + "A", token + "=", "%00", String(repeating: "A", count: 55),
                String(repeating: "A", count: 4_000), "..", token.replacing("A", with: "%2F"),
            ]
        for text in forged where text != token {
            for end in ["", "/unsubscribe"] {
                let answer = try server.call(.get, "/acme/subscriptions/\(text)\(end)", token: nil, fields: .form)
                #expect(answer.status == 404, "\(text)")
                #expect(try server.send("whole_page=1", to: "/acme/subscriptions/\(text)\(end)").status == 404)
            }
        }
        let answer = try server.call(.get, "/acme/subscriptions/\(changed[0])", token: nil, fields: .form)
        #expect(answer.field("Referrer-Policy") == "no-referrer")
        #expect(answer.fields[.cacheControl] == "no-store")
        #expect(try server.call(.get, "/acme/subscriptions/\(changed[0])", token: nil).errors == ["not_found"])
        #expect(try server.call(.get, "/acme/subscriptions/\(token)/", token: nil).status == 404)
        #expect(try server.subscriptions().subscribers == [subscriber])
        _ = try server.send("", to: "/acme/%73ubscriptions/\(token)/unsubscribe")
        #expect(try server.subscriber("ada@example.com")?.state == .unsubscribed)
        let lines = server.log.lines.filter { $0.message == "request" }
        #expect(lines.contains { $0.metadata["path"] == "/acme/subscriptions/[redacted]/unsubscribe" })
        #expect(lines.contains { $0.metadata["route"] == "{page}/subscriptions/{token}/unsubscribe" })
        #expect(!lines.contains { "\($0)".contains(token.suffix(12)) || "\($0)".contains(changed[0].suffix(12)) })
    }

    @Test("An expired confirmation says how to ask again", arguments: Transport.allCases)
    func expired(_ transport: Transport) throws {
        let server = try TestServer.mailing(transport)
        defer { server.remove() }
        let subscriber = try server.subscribe("ada@example.com", .pending)
        let path = "/acme/subscriptions/\(try server.linkToken(.confirm, of: subscriber, hours: -1))/confirm"
        for answer in [try server.call(.get, path, token: nil), try server.send("", to: path)] {
            #expect(answer.status == 410)
            #expect(answer.text.contains("<form method=\"post\" action=\"/acme/subscribe\">"))
            try answer.expectPrivate()
        }
        let json = try server.send("", to: path, fields: .json)
        #expect(json.status == 410 && json.errors == ["link_expired"])
        #expect(try server.subscriber("ada@example.com") == subscriber)
        // A deleted subscriber cannot be confirmed either.
        let fresh = "/acme/subscriptions/\(try server.linkToken(.confirm, of: subscriber, hours: 1))/confirm"
        try server.application.store.write { try $0.delete(subscriber) }
        #expect(try server.send("", to: fresh).status == 410)
        #expect(try server.subscriptions().subscribers.isEmpty)
    }

    @Test(
        "A POST with any body unsubscribes, and can be repeated", arguments: Transport.allCases,
        [
            ("List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"),
            (
                "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n",
                "multipart/form-data; boundary=x"
            ),
            ("", "text/plain"), ("%zz{", "application/json"), (String(repeating: "x", count: 2_000), "x/y"),
        ])
    func unsubscribe(_ transport: Transport, _ body: (text: String, type: String)) throws {
        let server = try TestServer.mailing(transport) { $0.http.maxBodyBytes = 1_024 }
        defer { server.remove() }
        let subscriber = try server.subscribe("ada@example.com")
        try server.send("email=ada%40example.com")
        let token = try server.linkToken(.unsubscribe, of: subscriber)
        for _ in 0..<2 {
            let answer = try server.send(
                body.text, to: "/acme/subscriptions/\(token)/unsubscribe", fields: [.contentType: body.type])
            #expect(answer.status == 200)
            #expect(answer.text.contains("<h1>You are unsubscribed</h1>"))
            #expect(answer.text.contains("action=\"/acme/subscribe\""))
            try answer.expectPrivate()
            #expect(try server.subscriber("ada@example.com")?.state == .unsubscribed)
        }
        #expect(try server.subscriptions().deliveries.map(\.state) == [.cancelled])
        let manage = "/acme/subscriptions/\(try server.linkToken(.manage, of: subscriber))"
        for answer in [try server.call(.get, manage, token: nil), try server.send("whole_page=1", to: manage)] {
            #expect(answer.status == 200)
            #expect(answer.text.contains("<h1>You are not subscribed</h1>"))
            #expect(answer.text.contains("action=\"/acme/subscribe\""))
        }
        // A sign-up afterwards waits for its own confirmation, which an old link does not cancel.
        try server.send("email=ada%40example.com")
        try server.send("", to: "/acme/subscriptions/\(token)/unsubscribe")
        let waiting = try server.subscriptions().deliveries.filter { $0.state == .pending }
        #expect(waiting.map(\.kind) == [.confirmation])
        let confirm = try server.linkToken(.confirm, of: subscriber, hours: 1)
        #expect(try server.send("", to: "/acme/subscriptions/\(confirm)/confirm").status == 200)
        #expect(try server.subscriber("ada@example.com")?.state == .active)
    }

    @Test("The manage page shows and changes the scope", arguments: Transport.allCases)
    func manage(_ transport: Transport) throws {
        let server = try TestServer.mailing(transport)
        defer { server.remove() }
        let subscriber = try server.subscribe("ada@example.com")
        let path = "/acme/subscriptions/\(try server.linkToken(.manage, of: subscriber))"
        func checked(_ page: String) -> Set<String> {
            let ids = page.matches(of: /value="([0-9A-Z]{26})" checked/).map { String($0.1) }
            return Set(server.ids.filter { ids.contains($0.value) }.keys)
        }
        let page = try server.call(.get, path, token: nil)
        #expect(page.text.contains("a***@example.com") && !page.text.contains("ada@"))
        #expect(page.text.contains("<dd dir=\"auto\">Everything on this page</dd>"))
        #expect(checked(page.text).isEmpty)
        #expect(!page.text.contains("Billing"))
        let saved = try server.send("component_ids={Login}&component_ids={Core}&component_ids={Login}", to: path)
        #expect(saved.status == 200)
        #expect(saved.text.contains("role=\"status\""))
        #expect(checked(saved.text) == ["Login", "Core"])
        #expect(checked(try server.call(.get, path, token: nil).text) == ["Login", "Core"])
        let ids = try ["Login", "Core"].map { try server.component($0) }
        #expect(try server.subscriber("ada@example.com")?.scope == .chosen(.init(components: ids)))
        for (body, code) in [
            ("", "is_required"), ("component_ids={Billing}", "unknown_component"),
            ("component_ids={Login}&component_ids=x", "unknown_component"), ("whole_page=0", "is_required"),
        ] {
            let refused = try server.send(body, to: path)
            #expect(refused.status == 422)
            #expect(refused.text.contains("id=\"components-error\""))
            let json = try server.send(body, to: path, fields: .form.accepting("application/json"))
            #expect(json.status == 422)
            #expect(json.errors.first?.hasPrefix(code) == true)
        }
        #expect(try server.send("x", to: path, fields: [.contentType: "text/plain"]).status == 415)
        #expect(try server.subscriber("ada@example.com")?.scope == .chosen(.init(components: ids)))
        #expect(
            try server.send(#"{"component_ids": ["{Website}"]}"#, to: path, fields: .json).text
                == #"{"status": "active"}"#)
        #expect(checked(try server.call(.get, path, token: nil).text) == ["Website"])
        #expect(try server.send("whole_page=1&component_ids={Login}", to: path).status == 200)
        #expect(try server.subscriber("ada@example.com")?.scope == .wholePage)
    }

    @Test("A choice that the API made of hidden components survives the form")
    func hiddenChoice() throws {
        let server = try TestServer.mailing()
        defer { server.remove() }
        for (number, (chosen, saved, expected)) in [
            (["Billing"], "", ["Billing"]), (["Billing", "Login"], "component_ids={Login}", ["Billing", "Login"]),
            (["Billing", "Login"], "component_ids={Core}", ["Core", "Billing"]),
        ].enumerated() {
            let scope = SubscriptionScope.chosen(.init(components: try chosen.map { try server.component($0) }))
            let subscriber = try server.subscribe("ada\(number)@example.com", scope: scope)
            let path = "/acme/subscriptions/\(try server.linkToken(.manage, of: subscriber))"
            #expect(try server.send(saved, to: path).status == 200)
            let ids = try expected.map { try server.component($0) }
            #expect(try server.subscriber(subscriber.address)?.scope == .chosen(.init(components: ids)))
        }
        // Unchecking everything that the form shows is not a choice.
        let scope = SubscriptionScope.chosen(
            .init(components: [try server.component("Billing"), try server.component("Login")]))
        let subscriber = try server.subscribe("bob@example.com", scope: scope)
        #expect(
            try server.send("", to: "/acme/subscriptions/\(try server.linkToken(.manage, of: subscriber))").status
                == 422)
        #expect(try server.subscriber("bob@example.com")?.scope == scope)
    }

    @Test(
        "Links work on customers' pages: the answers have the page's look, and no links to a site",
        arguments: ["/clients", ""])
    func customers(base: String) throws {
        let server = try TestServer.mailing { $0.pages?[1].domain = "clients.example" }
        defer { server.remove() }
        let host = base.isEmpty ? "clients.example" : "localhost"
        let subscriber = try server.subscribe("ada@example.com", page: "clients")
        let manage = "\(base)/subscriptions/\(try server.linkToken(.manage, of: subscriber))"
        let page = try server.call(.get, manage, token: nil, host: host)
        #expect(page.status == 200)
        try page.expectPrivate()
        for target in page.text.matches(of: /(?:href|action)="(\/[^"]*)"/).map({ String($0.1) }) {
            #expect(try server.call(.get, target, token: nil, host: host).status == 200, "\(target)")
        }
        let token = try server.linkToken(.unsubscribe, of: subscriber)
        let answer = try server.send("", to: "\(base)/subscriptions/\(token)/unsubscribe", host: host)
        #expect(answer.status == 200 && !answer.text.contains("/subscribe\""))
        #expect(try server.subscriber("ada@example.com", page: "clients")?.state == .unsubscribed)
        // Without a token, no answer reveals that the page exists.
        #expect(try server.call(.get, "\(base)/subscriptions/x", token: nil, host: host).status == 404)
        #expect(try server.call(.get, "\(base)/subscribe", token: nil, host: host).status == 404)
    }

    @Test("Links keep working without mail and without the form")
    func withoutMail() throws {
        let server = try TestServer()
        defer { server.remove() }
        let subscriber = try server.subscribe("ada@example.com")
        let path = "/acme/subscriptions/\(try server.linkToken(.unsubscribe, of: subscriber))/unsubscribe"
        let answer = try server.send("", to: path)
        #expect(answer.status == 200)
        #expect(answer.text.contains("href=\"/acme/subscribe\"") && !answer.text.contains("<form"))
    }
}
