import Accounts
import HTTPServer
import HTTPTypes
import Publishing
import StatusPages
import Storage
import Testing

@testable import Dashboard

/// Declares, updates and resolves incidents as people do.
@Suite("Dashboard incidents")
struct IncidentTests {
    private let list = TestDashboard.incidents

    @Test("From nothing to a resolved incident")
    func lifetime() throws {
        let test = try TestDashboard()
        let browser = try test.browser(.publisher)
        #expect(try browser.get(list).html.contains("No incidents yet"))
        let form = try browser.get("\(list)/new")
        #expect(form.heading == "Publish incident")
        let login = try test.component("Login")
        let review = try browser.submit(
            form, to: "\(list)/review",
            [
                "name": " Log-in fails ", "status": "investigating", "message": "We are\r\n**looking**.",
                login: "partial_outage",
            ])
        #expect(review.status == 200)
        #expect(review.heading == "Review")
        #expect(review.html.contains("Partial outage") && review.html.contains("<strong>looking</strong>"))
        #expect(review.html.contains("Nobody will be notified."))
        #expect(try test.incidents().isEmpty)

        let published = try browser.submit(review, to: list)
        let incident = try #require(try test.incidents().first)
        #expect(published.status == 303)
        #expect(published.location == "\(list)/\(incident.id)?done=published")
        #expect(incident.name == "Log-in fails")
        #expect(incident.updates[0].message == "We are\n**looking**.")
        #expect(incident.timeline.current.map(\.status) == [.partialOutage])
        #expect(try test.audited(.incident) == ["created Log-in fails"])

        let one = "\(list)/\(incident.id)"
        let screen = try browser.get(one)
        #expect(screen.heading == "Log-in fails")
        #expect(screen.html.contains("by Publisher") && screen.html.contains("Now: Partial outage"))
        let second = try browser.submit(screen, to: "\(one)/updates/review", ["message": "Found it."])
        let updated = try browser.submit(second, to: "\(one)/updates")
        #expect(updated.location == "\(one)?done=published")

        let third = try browser.submit(
            try browser.get(one), to: "\(one)/updates/review",
            ["message": "All is well.", "status": "resolved", login: "full_outage"])
        #expect(third.html.contains("Resolved"))
        _ = try browser.submit(third, to: "\(one)/updates")
        let resolved = try #require(try test.incidents().first)
        #expect(resolved.updates.map(\.status) == [.investigating, .investigating, .resolved])
        #expect(resolved.timeline.current.map(\.status) == [.operational])
        #expect(try browser.get("\(list)?status=open").html.contains("Nothing matches"))
        #expect(try browser.get("\(list)?status=resolved&search=LOG-IN").html.contains("Log-in fails"))
    }

    @Test(
        "An invalid form comes back with all input",
        arguments: [
            ("name", "", "The name must not be empty."), ("message", " ", "The message must not be empty."),
            ("message", String(repeating: "x", count: 4_097), "must have at most 4096 characters"),
            ("status", "unknown", "The incident's status is required."),
        ])
    func faults(field: String, value: String, message: String) throws {
        let test = try TestDashboard()
        let browser = try test.browser(.publisher)
        let login = try test.component("Login")
        var values = [
            "name": "Log-in <fails>", "status": "monitoring", "message": "\nTwo \"lines\"\nand a half",
            login: "full_outage",
        ]
        values[field] = value
        for path in ["\(list)/review", list] {
            let form = try browser.get("\(list)/new")
            var fields = try #require(form.form("\(list)/review")).filter { values[$0.0] == nil }
            fields += values.map { ($0.key, $0.value) }
            let answer = try browser.send(.post, path, form: fields)
            #expect(answer.status == 422)
            #expect(answer.faults.count == 1 && answer.faults[0].contains(message))
            #expect(answer.html.contains("href=\"#\(field)\"") && answer.html.contains("aria-invalid=\"true\""))
            #expect(
                answer.first("<p class=\"error\" id=\"\(field)-error\"><span>([^<]*)</span>")?.contains(message) == true
            )
            let kept = Dictionary(try #require(answer.form("\(list)/review"))) { first, _ in first }
            for (name, value) in values where name != field || field != "status" { #expect(kept[name] == value) }
        }
        #expect(try test.incidents().isEmpty)
    }

    @Test("Back to editing keeps all text, and a form that is sent twice publishes once")
    func repeated() throws {
        let test = try TestDashboard()
        let browser = try test.browser(.publisher)
        let review = try browser.submit(
            try browser.get("\(list)/new"), to: "\(list)/review", ["name": "A & \"B\"", "message": "x\n\ny <b>"])
        let form = try #require(review.form(list))
        let back = try browser.send(.post, "\(list)/new", form: form)
        let kept = Dictionary(try #require(back.form("\(list)/review"))) { first, _ in first }
        #expect(kept["name"] == "A & \"B\"" && kept["message"] == "x\n\ny <b>")

        let first = try browser.send(.post, list, form: form)
        let second = try browser.send(.post, list, form: form)
        #expect(first.status == 303 && second.location == first.location)
        #expect(try test.incidents().count == 1)
        // An update that is sent twice is published once, too, although it is then the newest update itself.
        let one = String(try #require(first.location).prefix { $0 != "?" })
        let update = try browser.submit(try browser.get(one), to: "\(one)/updates/review", ["message": "More."])
        let fields = try #require(update.form("\(one)/updates"))
        for _ in 0..<2 { #expect(try browser.send(.post, "\(one)/updates", form: fields).status == 303) }
        #expect(try test.incidents().first?.updates.count == 2)
    }

    @Test("A newer update stops a form and is shown, and the user may publish anyway")
    func newer() throws {
        let test = try TestDashboard()
        let grace = try test.browser(test.makeUser(.publisher, "grace@acme.example", name: "Grace"))
        let ada = try test.browser(.publisher)
        let one = try test.declare(in: ada)
        let late = try ada.submit(try ada.get(one), to: "\(one)/updates/review", ["message": "Mine."])
        let quick = try grace.submit(try grace.get(one), to: "\(one)/updates/review", ["message": "Hers **first**."])
        _ = try grace.submit(quick, to: "\(one)/updates")
        #expect(try ada.get("\(one)/latest").html.contains("There is a newer update by Grace"))

        for path in ["\(one)/updates/review", "\(one)/updates"] {
            let conflict = try ada.send(.post, path, form: try #require(late.form("\(one)/updates")))
            #expect(conflict.status == 409)
            #expect(conflict.heading == "There is a newer update by Grace")
            #expect(conflict.html.contains("Hers <strong>first</strong>.") && conflict.html.contains("Mine."))
        }
        #expect(try test.incidents()[0].updates.count == 2)
        let conflict = try ada.submit(late, to: "\(one)/updates")
        #expect(try ada.submit(conflict, to: "\(one)/updates", ["message": "Still mine."]).status == 303)
        #expect(try test.incidents()[0].updates.map(\.message).last == "Still mine.")
    }

    @Test("An incident is renamed, edited, and deleted by name after a fresh proof")
    func change() throws {
        let test = try TestDashboard()
        let browser = try test.browser(.publisher)
        let one = try test.declare(in: browser)
        #expect(try browser.submit(try browser.get(one), to: "\(one)/rename", ["name": ""]).status == 422)
        #expect(
            try browser.submit(try browser.get(one), to: "\(one)/rename", ["name": "Slow"]).location
                == "\(one)?done=saved")
        let update = try #require(try test.incidents().first?.updates.first)
        let text = try browser.get("\(one)/updates/\(update.id)")
        #expect(text.heading == "Edit text")
        let path = "\(one)/updates/\(update.id)"
        #expect(try browser.submit(text, to: path, ["message": " "]).faults == ["The message must not be empty."])
        _ = try browser.submit(text, to: path, ["message": "Better."])
        #expect(try browser.get(one).html.contains("edited"))
        #expect(try test.incidents().first?.updates.first?.message == "Better.")

        let wrong = try browser.submit(try browser.get(one), to: "\(one)/delete", ["typed": "slow"])
        #expect(wrong.faults == ["Type the name of the incident exactly."])
        test.ids.advance(by: 16 * 60)
        let ask = try browser.submit(try browser.get(one), to: "\(one)/delete", ["typed": "Slow"])
        #expect(ask.heading == "Confirm it is you")
        #expect(try test.incidents().count == 1)
        let gone = try browser.submit(ask, to: "/dashboard/confirm", ["password": TestDashboard.password])
        #expect(gone.location == "\(list)?done=deleted")
        #expect(try test.incidents().isEmpty)
        #expect(
            try test.audited(.incident) == ["created Log-in fails", "changed Slow", "edited Slow", "deleted Slow"])
    }

    @Test("Viewers see everything, but cannot write, and see no buttons to do so")
    func viewer() throws {
        let test = try TestDashboard()
        let one = try test.declare(in: try test.browser(.publisher))
        let viewer = try test.browser(.viewer)
        let screen = try viewer.get(one)
        #expect(screen.status == 200)
        #expect(!screen.html.contains("Post an update") && !screen.html.contains("Edit text"))
        #expect(try viewer.get("\(list)/new").status == 403)
        let update = try #require(try test.incidents().first?.updates.first)
        for path in [
            list, "\(list)/new", "\(list)/review", one, "\(one)/updates", "\(one)/updates/review",
            "\(one)/updates/\(update.id)", "\(one)/rename", "\(one)/delete", "\(one)/stop", TestDashboard.drafts,
            "/dashboard/preview",
        ] {
            #expect(try viewer.post(path, ["message": "x", "name": "x", "kind": "incident"]).status == 403, "\(path)")
        }
        #expect(try test.incidents().map(\.updates.count) == [1])
    }

    @Test("Texts are never markup")
    func hostile() throws {
        let test = try TestDashboard()
        let browser = try test.browser(.publisher)
        let name = "\"><script>alert(1)</script>"
        let review = try browser.submit(
            try browser.get("\(list)/new"), to: "\(list)/review",
            ["name": name, "message": "<img src=x onerror=alert(1)> [a](javascript:alert(1)) </textarea><script>"])
        let one = String(try #require(try browser.submit(review, to: list).location).prefix { $0 != "?" })
        for page in [review, try browser.get(one), try browser.get(list)] {
            #expect(
                !page.html.contains("<script>") && !page.html.contains("<img")
                    && !page.html.contains("href=\"javascript"))
        }
        let preview = try browser.post("/dashboard/preview", ["message": "**a** <b>", "part": "1"])
        #expect(preview.html.contains("<p><strong>a</strong> &lt;b&gt;</p>"))
    }

    @Test("The review says how many subscribers are notified; publishing holds the notification for a moment")
    func held() throws {
        let test = try TestDashboard()
        try test.subscribe(2)
        let browser = try test.browser(.publisher)
        let form = try browser.get("\(list)/new")
        #expect(form.html.contains("The page has 2 subscribers that can be notified."))
        let review = try browser.submit(form, to: "\(list)/review", ["name": "Slow", "message": "We look."])
        #expect(review.html.contains("2 subscribers will be notified."))
        #expect(review.html.contains("Subject: [Acme Status] Slow"))
        let one = String(try #require(try browser.submit(review, to: list).location).prefix { $0 != "?" })
        let screen = try browser.get(one)
        #expect(screen.texts(of: "p").contains("2 subscribers will be notified in 30 s"))
        let stopped = try browser.submit(screen, to: "\(one)/stop")
        #expect(stopped.location == "\(one)?done=stopped")
        #expect(try browser.get(one).html.contains("Nobody was notified"))
        // Too late: the form of a tab that was left open.
        let late = try browser.submit(screen, to: "\(one)/stop")
        #expect(late.faults == ["The notification was stopped already."])
    }

    @Test("The counts leave out subscribers who did not choose the affected components")
    func recipients() throws {
        let test = try TestDashboard()
        try test.subscribe(1)
        for name in ["Login", "Website"] {
            let scope = ScopeDraft(componentIDs: [try test.componentID(name).description])
            let draft = SubscriberDraft(channel: .slack, url: "https://hook.example/\(name)", scope: scope)
            let page = try test.page("acme")
            try test.store.write(as: .test) {
                _ = try test.publishing.addSubscriber(draft, confirmed: true, on: page, in: $0)
            }
        }
        let browser = try test.browser(.publisher)
        let form = try browser.get("\(list)/new")
        #expect(form.html.contains("The page has 3 subscribers that can be notified."))
        let review = try browser.submit(
            form, to: "\(list)/review",
            ["name": "Slow", "message": "We look.", try test.component("Login"): "partial_outage"])
        #expect(review.html.contains("2 subscribers will be notified."))
        let one = String(try #require(try browser.submit(review, to: list).location).prefix { $0 != "?" })
        #expect(try browser.get(one).texts(of: "p").contains("2 subscribers will be notified in 30 s"))
    }

    @Test("A screen shows 50 incidents, and Older leads to the rest")
    func older() throws {
        let test = try TestDashboard()
        let page = try test.page("acme")
        try test.store.write(as: .test) { transaction in
            for number in 1...51 {
                let command = IncidentCreation(
                    name: "100% \(number)", status: .investigating, message: "x", idempotencyKey: "\(number)",
                    notifiesSubscribers: false, componentStatuses: nil)
                let _: Published<Incident> = try test.publishing.create(command, on: page, in: transaction)
            }
        }
        let browser = try test.browser(.viewer)
        let first = try browser.get("\(list)?search=0%25%20")
        #expect(first.texts(of: "h2").count == 50)
        let older = try #require(first.first("href=\"([^\"]*)\">Older"))
        #expect(older.contains("search=0%25%20"))
        #expect(try browser.get(older).texts(of: "h2") == ["100% 1"])
        #expect(try browser.get("\(list)?search=_").html.contains("Nothing matches"))
    }

    @Test("After the maximum number of updates, only the form that ends the incident is left, and then none")
    func mostUpdates() throws {
        let test = try TestDashboard()
        let browser = try test.browser(.publisher)
        let one = try test.declare(in: browser)
        let incident = try #require(try test.incidents().first)
        func publish(_ status: Incident.Status) throws {
            let command = IncidentPublication(
                message: "Still.", status: status, componentStatuses: nil, notifiesSubscribers: false)
            try test.store.write(as: .test) {
                _ = try test.publishing.publish(command, to: incident.id, in: $0)
            }
        }
        for _ in 1..<Incident.mostUpdates { try publish(.monitoring) }
        let full = try browser.get(one)
        #expect(full.html.contains("100 updates") && full.html.contains("status Resolved"))
        let refused = try browser.submit(full, to: "\(one)/updates/review", ["message": "One more."])
        #expect(refused.status == 422 && refused.html.contains("One more.</textarea>"))
        try publish(.resolved)
        let over = try browser.get(one)
        #expect(over.html.contains("No update can follow.") && !over.html.contains("\(one)/updates/review"))
    }
}
