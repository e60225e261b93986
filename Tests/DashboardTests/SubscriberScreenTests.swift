import Accounts
import HTTPServer
import HTTPTypes
import Publishing
import StatusPages
import Storage
import Testing

@testable import Dashboard

@Suite("Screens of subscribers and deliveries")
struct SubscriberScreenTests {
    private static let list = "/dashboard/pages/acme/subscribers"
    private static let deliveries = "/dashboard/pages/acme/deliveries"

    /// A dashboard that can send mail.
    private func makeTest() throws -> TestDashboard {
        let inside = PageDeclaration(slug: "inside", name: "Inside", kind: .internal)
        let test = try TestDashboard(pages: [.acme, inside])
        var rules = SubscriptionRules()
        rules.sender = Mailbox("status@acme.example")
        test.publishing.use(rules, endpoints: { _ in nil })
        return test
    }

    private func subscribers(_ test: TestDashboard) throws -> [Subscriber] {
        let page = try test.page("acme").id
        return try test.store.read { try $0.subscribers(of: page, limit: 100) ?? [] }
    }

    private func mails(_ test: TestDashboard) throws -> [Delivery] {
        let page = try test.page("acme").id
        return try test.store.read { try $0.deliveries(of: page, limit: 100) ?? [] }
    }

    /// Adds a subscriber by email.
    private func add(
        _ email: String, _ test: TestDashboard, confirmed: Bool = true, scope: ScopeDraft = ScopeDraft()
    ) throws -> Subscriber {
        let page = try test.page("acme")
        return try test.store.write(as: .test) { transaction in
            try test.publishing.addSubscriber(
                SubscriberDraft(channel: .email, email: email, scope: scope), confirmed: confirmed, on: page,
                in: transaction)
        }
    }

    // MARK: Add and change

    @Test("An address that is added is asked to confirm, unless its owner agreed", arguments: [false, true])
    func adding(confirmed: Bool) throws {
        let test = try makeTest()
        let browser = try test.browser(.editor)
        var values: KeyValuePairs = ["channel": "email", "address": " ada@acme.example ", "scope": "page"]
        if confirmed {
            values = ["channel": "email", "address": "ada@acme.example", "scope": "page", "confirmed": "on"]
        }
        let added = try browser.submit(try browser.get("\(Self.list)/new"), to: "\(Self.list)/new", values)
        let subscriber = try #require(try subscribers(test).first)
        #expect(added.location == "\(Self.list)/\(subscriber.id)?done=created")
        #expect(subscriber.address == "ada@acme.example")
        #expect(subscriber.state == (confirmed ? .active : .pending))
        #expect(subscriber.scope == .wholePage)
        #expect(try mails(test).map(\.kind) == (confirmed ? [] : [.confirmation]))
        #expect(try test.audited(.subscriber) == ["created email"])
        #expect(try browser.get(Self.list).texts(of: "td")[0] == "ada@acme.example")
    }

    @Test(
        "Problems of a new subscriber are shown with the form",
        arguments: [
            (["channel": "email", "address": "nobody", "scope": "page"], EmailAddress.rule),
            (
                ["channel": "email", "address": "ADA@acme.example", "scope": "page"],
                "The page already has a subscriber with this address."
            ),
            (
                ["channel": "email", "address": "eve@acme.example", "scope": "chosen"],
                "Choose at least one component, or the whole page."
            ),
            (["channel": "fax", "address": "1", "scope": "page"], "The channel is required."),
        ] as [([String: String], String)])
    func faults(values: [String: String], fault: String) throws {
        let test = try makeTest()
        _ = try add("ada@acme.example", test)
        let browser = try test.browser(.editor)
        let form = values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        let csrf = try #require(try browser.get("\(Self.list)/new").value(of: "csrf"))
        let page = try browser.send(.post, "\(Self.list)/new", form: form + [("csrf", csrf)])
        #expect(page.status == 422)
        #expect(page.faults == [fault])
        #expect(page.value(of: "address") == values["address"])
        #expect(try subscribers(test).count == 1)
    }

    @Test("A webhook's secret is shown once, and replaced once by a form that is sent twice")
    func webhook() throws {
        let test = try makeTest()
        let browser = try test.browser(.editor)
        func secret(_ page: TestPage) -> String? { page.first(#"<input id="secret" value="([^"]*)""#) }
        let added = try browser.post(
            "\(Self.list)/new",
            ["channel": "webhook", "address": "https://a.example/", "format": "statuspage", "scope": "page"])
        let subscriber = try #require(try subscribers(test).first)
        #expect(secret(added) == subscriber.secrets?.current)
        #expect(subscriber.format == .statuspage)
        let path = "\(Self.list)/\(subscriber.id)"
        let screen = try browser.get(path)
        #expect(!screen.html.contains("whsec_"))
        let rotated = try browser.submit(screen, to: "\(path)/rotate")
        #expect(try browser.submit(screen, to: "\(path)/rotate").location == path)
        let secrets = try #require(try subscribers(test).first?.secrets)
        #expect(secret(rotated) == secrets.current)
        #expect(secrets.previous == subscriber.secrets?.current)
        #expect(try test.audited(.subscriber) == ["created webhook", "rotated webhook"])
    }

    @Test("A subscriber's name and scope can be changed")
    func change() throws {
        let test = try makeTest()
        let subscriber = try add("ada@acme.example", test)
        let group = try #require(try test.page("acme").structure.groups.first)
        let browser = try test.browser(.editor)
        let path = "\(Self.list)/\(subscriber.id)"
        let saved = try browser.submit(
            try browser.get(path), to: path, ["name": "Ada", "scope": "chosen", "groups": group.id.description])
        #expect(saved.location == "\(path)?done=saved")
        let changed = try #require(try subscribers(test).first)
        #expect(changed.name == "Ada")
        #expect(changed.scope == .chosen(.init(groups: [group.id])))
        #expect(try browser.get(path).form(path)?.contains { $0 == ("groups", group.id.description) } == true)
        // Sending the form unchanged changes nothing.
        _ = try browser.submit(try browser.get(path), to: path)
        #expect(try subscribers(test) == [changed])
    }

    // MARK: The list

    @Test(
        "The list can be searched and filtered",
        arguments: [
            ("", ["ada@acme.example", "bob@acme.example", "Eve@other.example"]),
            ("q=acme", ["ada@acme.example", "bob@acme.example"]),
            ("q=EVE", ["Eve@other.example"]), ("q=%25", []), ("status=pending", ["bob@acme.example"]),
            ("status=active&q=o", ["Eve@other.example"]), ("channel=slack", []),
        ])
    func search(query: String, expected: [String]) throws {
        let test = try makeTest()
        _ = try add("ada@acme.example", test)
        _ = try add("bob@acme.example", test, confirmed: false)
        _ = try add("Eve@other.example", test)
        let page = try test.browser(.editor).get("\(Self.list)?\(query)")
        let found = page.texts(of: "strong")
        #expect(found == expected.filter { !query.hasPrefix("status=active") || $0.contains("o") })
    }

    @Test("A screen shows 50 subscribers, and a link leads to the rest")
    func paging() throws {
        let test = try makeTest()
        for number in 0..<60 { _ = try add("p\(number)@acme.example", test) }
        let browser = try test.browser(.editor)
        let first = try browser.get(Self.list)
        #expect(first.texts(of: "strong").count == 50)
        let next = try #require(first.first(#"<a class="button" href="([^"]*)">Next</a>"#))
        let second = try browser.get(next)
        #expect(second.texts(of: "strong") == (50..<60).map { "p\($0)@acme.example" })
        #expect(second.first(#">(Next)</a>"#) == nil)
    }

    @Test("Internal pages have no subscribers", arguments: ["subscribers", "deliveries"])
    func internalPage(path: String) throws {
        let browser = try makeTest().browser(.editor)
        let page = try browser.get("/dashboard/pages/inside/\(path)")
        #expect(page.texts(of: "p").contains("Internal pages have no subscribers"))
        #expect(try browser.post("/dashboard/pages/inside/subscribers/new").status == 404)
        #expect(try browser.post("/dashboard/pages/inside/deliveries/retry").status == 404)
    }

    // MARK: Import and export

    @Test("An import reports what it did, and the log has no address")
    func importing() throws {
        let test = try makeTest()
        _ = try add("known@acme.example", test)
        let gone = try add("gone@acme.example", test)
        _ = try test.store.write(as: .test) {
            try test.publishing.report(.complaint, detail: nil, of: gone.id, in: $0)
        }
        let csv = """
            email,components\r
            new@acme.example,login;website\r
            known@acme.example,eu\r
            nobody,\r
            NEW@acme.example,\r
            gone@acme.example,\r
            other@acme.example,login;nothing;website;nobody
            """
        let page = try test.browser(.editor).post("\(Self.list)/import", ["csv": csv, "confirmed": "on"])
        #expect(page.status == 200)
        #expect(page.notice == "Imported 1, updated 1, skipped 4.")
        let cells = page.texts(of: "td")
        #expect(stride(from: 0, to: cells.count, by: 3).map { cells[$0] } == ["4", "5", "6", "7"])
        #expect(cells[11] == "The page does not have these keys: nothing, nobody.")
        #expect(
            try subscribers(test).map(\.address) == ["known@acme.example", "gone@acme.example", "new@acme.example"])
        let events = try test.store.read { try $0.auditEvents(matching: AuditFilter(), limit: 100) ?? [] }
        #expect(!"\(events)".contains("acme.example,") && !"\(events)".contains("new@acme.example"))
    }

    @Test(
        "A list that cannot be imported changes nothing",
        arguments: [
            ("", "Choose a file, or paste the list."), ("email\n", "The list has no rows."),
            ("address\na@b.example", "Line 1 must name the columns, and one of them must be email."),
            ("email,email\na@b.example,", "Line 1 has more than one column email."),
            ("email\n\"a", "Line 2 has a quote that is not closed."),
            (
                "email\n" + (0...1_000).map { "p\($0)@b.example\n" }.joined(),
                "The list has 1001 rows; at most 1000 can be imported at once. Split it, or use allclear subscribers import."
            ),
        ])
    func badImport(csv: String, fault: String) throws {
        let test = try makeTest()
        let page = try test.browser(.editor).post("\(Self.list)/import", ["csv": csv])
        #expect(page.status == 422)
        #expect(page.faults == [fault])
        #expect(try subscribers(test).isEmpty)
    }

    @Test("An export can be imported again, and has no address that a spreadsheet would run")
    func exporting() throws {
        let test = try makeTest()
        let group = try #require(try test.page("acme").structure.groups.first).id.description
        _ = try add("=1+1@acme.example", test, scope: ScopeDraft(groupIDs: [group]))
        _ = try add("ada@acme.example", test)
        _ = try add("pending@acme.example", test, confirmed: false)
        let browser = try test.browser(.editor)
        let csv = try browser.get("\(Self.list)/export")
        #expect(csv.fields[.contentDisposition] == "attachment; filename=\"subscribers-acme.csv\"")
        #expect(csv.html == "email,components\r\n'=1+1@acme.example,eu\r\nada@acme.example,\r\n")
        let before = try subscribers(test)
        let page = try browser.post("\(Self.list)/import", ["csv": csv.html, "confirmed": "on"])
        #expect(page.notice == "Imported 0, updated 2, skipped 0.")
        #expect(try subscribers(test) == before)
    }

    // MARK: Actions

    @Test("Actions take effect, or say why not")
    func actions() throws {
        let test = try makeTest()
        let pending = try add("pending@acme.example", test, confirmed: false)
        let active = try add("ada@acme.example", test)
        let bad = try add("bad@acme.example", test)
        _ = try test.store.write(as: .test) { try test.publishing.report(.hard, detail: nil, of: bad.id, in: $0) }
        let browser = try test.browser(.editor)
        func act(_ subscriber: Subscriber, _ action: String) throws -> TestPage {
            try browser.post("\(Self.list)/\(subscriber.id)/\(action)")
        }
        #expect(try act(pending, "resend").location == "\(Self.list)/\(pending.id)?done=asked")
        #expect(try mails(test).count { $0.subscriberID == pending.id && $0.kind == .confirmation } == 2)
        #expect(try act(active, "resend").status == 409)
        #expect(try act(bad, "reactivate").location == "\(Self.list)/\(bad.id)?done=reactivated")
        #expect(try act(active, "reactivate").status == 409)
        #expect(try act(active, "test").location == "\(Self.list)/\(active.id)?done=test_ordered")
        #expect(try mails(test).contains { $0.subscriberID == active.id && $0.kind == .test })
        #expect(try act(active, "erase").location == "\(Self.list)?done=erased")
        #expect(try act(active, "erase").status == 404)
        #expect(try subscribers(test).map(\.state) == [.pending, .active])
    }

    @Test("A screen shows only the actions that the subscriber's state allows")
    func offered() throws {
        let test = try makeTest()
        let subscriber = try add("ada@acme.example", test, confirmed: false)
        let browser = try test.browser(.editor)
        let path = "\(Self.list)/\(subscriber.id)"
        #expect(try browser.get(path).texts(of: "button").contains("Resend confirmation"))
        #expect(try !browser.get(path).texts(of: "button").contains("Reactivate"))
        _ = try test.store.write(as: .test) {
            try test.publishing.report(.hard, detail: nil, of: subscriber.id, in: $0)
        }
        #expect(try !browser.get(path).texts(of: "button").contains("Resend confirmation"))
        #expect(try browser.get(path).texts(of: "button").contains("Reactivate"))
        #expect(try browser.get("/dashboard/pages/made/subscribers/\(subscriber.id)").status == 404)
    }

    // MARK: Deliveries

    @Test("A failed delivery shows its error, and can be retried")
    func retry() throws {
        let test = try makeTest()
        _ = try add("ada@acme.example", test, confirmed: false)
        var delivery = try #require(try mails(test).first)
        (delivery.state, delivery.attempts, delivery.nextAttemptAt) = (.failed, 3, nil)
        delivery.lastResponse = Delivery.Response(code: 550, text: "no <such> user")
        try test.store.write(as: .test) { [delivery] in try $0.save(delivery) }
        let browser = try test.browser(.editor)
        let page = try browser.get("\(Self.deliveries)?status=failed")
        let cells = page.texts(of: "td")
        #expect(cells[0] == "Confirmation")
        #expect(cells[1] == "ada@acme.example")
        #expect(cells[2].hasPrefix("Failed"))
        #expect(cells[3] == "3")
        #expect(cells[4].hasPrefix("550 no <such> user"))
        #expect(try browser.post("/dashboard/pages/made/deliveries/\(delivery.id)/retry").status == 404)
        let path = "\(Self.deliveries)/\(delivery.id)/retry"
        let retried = try browser.submit(page, to: path)
        #expect(retried.location == "\(Self.deliveries)?status=failed&done=retried")
        #expect(try mails(test).first?.state == .pending)
        #expect(try browser.post(path).status == 409)
        try test.store.write(as: .test) { [delivery] in try $0.save(delivery) }
        #expect(try browser.post("\(Self.deliveries)/retry").location == "\(Self.deliveries)?done=retried")
        #expect(try mails(test).first?.state == .pending)
        #expect(try test.audited(.delivery) == ["retried confirmation"])
        #expect(try test.audited(.page).last == "retried Acme Status")
    }

    @Test("Only owners are offered to pause sending")
    func pausing() throws {
        let test = try makeTest()
        #expect(try !test.browser(.editor).get(Self.deliveries).texts(of: "button").contains("Pause sending"))
        let browser = try test.browser(.owner)
        let paused = try browser.submit(try browser.get(Self.deliveries), to: "\(Self.deliveries)/pause")
        #expect(paused.location == "\(Self.deliveries)?done=paused")
        #expect(try test.store.read { try $0.isPaused() })
        let resumed = try browser.submit(try browser.get(Self.deliveries), to: "\(Self.deliveries)/resume")
        #expect(resumed.location == "\(Self.deliveries)?done=resumed")
        #expect(try !test.store.read { try $0.isPaused() })
        #expect(try test.audited(.sending) == ["paused updates to subscribers", "resumed updates to subscribers"])
    }
}
