import Accounts
import HTTPServer
import HTTPTypes
import StatusPages
import Storage
import Testing

@testable import Dashboard

@Suite("Dashboard drafts and templates")
struct DraftTests {
    private let list = TestDashboard.incidents
    private let templates = "/dashboard/pages/acme/templates"

    @Test("A draft comes back on its form, until it is discarded or published")
    func draft() throws {
        let test = try TestDashboard()
        let browser = try test.browser(.publisher)
        let new = "\(list)/new"
        let login = try test.component("Login")
        var fields = try #require(try browser.get(new).form("\(list)/review"))
        fields = fields.filter { !["name", "message", login].contains($0.0) }
        fields += [("name", "Half"), ("message", "a\n\nb"), (login, "full_outage")]
        let saved = try browser.send(.post, TestDashboard.drafts, form: fields)
        #expect(saved.location == "\(new)?done=draft_saved")
        // A script's draft needs no screen.
        #expect(try browser.send(.post, TestDashboard.drafts, form: fields + [("auto", "1")]).status == 204)
        test.ids.advance(by: 120)
        let form = try browser.get(new)
        #expect(form.html.contains("Draft from 2 minutes ago"))
        let kept = Dictionary(try #require(form.form("\(list)/review"))) { first, _ in first }
        #expect(kept["name"] == "Half" && kept["message"] == "a\n\nb" && kept[login] == "full_outage")
        #expect(kept["notify"] == nil)
        // Only its author sees the draft.
        #expect(!(try test.browser(.owner).get(new).html.contains("Draft from")))

        let discard = [
            ("kind", "incident"), ("event", ""), ("discard", "1"), ("csrf", try #require(form.value(of: "csrf"))),
        ]
        #expect(try browser.send(.post, TestDashboard.drafts, form: discard).location == "\(new)?done=discarded")
        #expect(!(try browser.get(new).html.contains("Draft from")))

        _ = try browser.send(.post, TestDashboard.drafts, form: fields)
        let review = try browser.submit(try browser.get(new), to: "\(list)/review")
        _ = try browser.submit(review, to: list)
        #expect(!(try browser.get(new).html.contains("Draft from")))
        #expect(try test.incidents().map(\.name) == ["Half"])
    }

    @Test("The draft of an update remembers which update was the newest when it was written")
    func updateDraft() throws {
        let test = try TestDashboard()
        let browser = try test.browser(.publisher)
        let one = try test.declare(in: browser)
        let fields = try #require(try browser.get(one).form("\(one)/updates/review"))
            .map { ($0.0, $0.0 == "message" ? "Soon." : $0.1) }
        #expect(try browser.send(.post, TestDashboard.drafts, form: fields).location == "\(one)?done=draft_saved")
        let other = try test.browser(.owner)
        let review = try other.submit(try other.get(one), to: "\(one)/updates/review", ["message": "Now."])
        _ = try other.submit(review, to: "\(one)/updates")
        let form = try browser.get(one)
        #expect(form.html.contains("Soon.") && form.html.contains("Draft from"))
        #expect(try browser.submit(form, to: "\(one)/updates/review").status == 409)
    }

    @Test(
        "A form sent without a session becomes a draft after the log-in, and nothing is published",
        arguments: ["", "/review"])
    func withoutSession(suffix: String) throws {
        let test = try TestDashboard()
        let user = try test.user(.publisher)
        let browser = try test.browser(user)
        var form = try #require(try browser.get("\(list)/new").form("\(list)/review"))
        form = form.filter { $0.0 != "name" && $0.0 != "message" } + [("name", "Late"), ("message", "At 3 a.m.\n& on")]
        let stranger = test.visitor()
        let ask = try stranger.send(.post, list + suffix, form: form)
        #expect(ask.heading == "Log in")
        #expect(ask.html.contains("Your text is kept as a draft when you log in."))
        let back = try stranger.submit(
            ask, to: "/dashboard/login", ["email": user.email, "password": TestDashboard.password])
        #expect(back.location == "\(list)/new?done=draft_saved")
        let kept = try stranger.get("\(list)/new")
        #expect(kept.html.contains("At 3 a.m.\n&amp; on") && kept.value(of: "name") == "Late")
        #expect(try test.incidents().isEmpty)
    }

    @Test("The form of an edit that was sent without a session shows the text after the log-in")
    func editWithoutSession() throws {
        let test = try TestDashboard()
        let user = try test.user(.publisher)
        let one = try test.declare(in: try test.browser(user))
        let update = try #require(try test.incidents().first?.updates.first)
        let path = "\(one)/updates/\(update.id)"
        let stranger = test.visitor()
        let ask = try stranger.send(.post, path, form: [("message", "Mended.")])
        let back = try stranger.submit(
            ask, to: "/dashboard/login", ["email": user.email, "password": TestDashboard.password])
        #expect(back.heading == "Edit text" && back.html.contains("Mended."))
        #expect(try test.incidents().first?.updates.first?.message == "We are looking.")
    }

    @Test("A link with a template publishes in two actions")
    func template() throws {
        let test = try TestDashboard()
        let editor = try test.browser(.editor)
        #expect(try editor.get(templates).html.contains("No templates yet"))
        let wrong = try editor.submit(
            try editor.get("\(templates)/new"), to: "\(templates)/new",
            ["name": "", "kind": "incident", "message": "x"])
        #expect(wrong.status == 422 && wrong.faults.count == 1)
        let created = try editor.submit(
            try editor.get("\(templates)/new"), to: "\(templates)/new",
            [
                "name": "Provider", "kind": "incident", "title": "{components} of {page} and {other}",
                "status": "identified", "message": "{?provider} is down. {?provider} knows.",
                try test.component("Login"): "full_outage",
            ])
        #expect(created.location == "\(templates)?done=created")
        let browser = try test.browser(.publisher)
        let link = try #require(try browser.get(templates).first("href=\"([^\"]*template=[^\"]*)\""))
        let form = try browser.get(link)
        #expect(form.value(of: "name") == "{components} of {page} and {other}")
        let unanswered = try browser.submit(form, to: "\(list)/review")
        #expect(unanswered.status == 422)
        #expect(unanswered.faults == ["The template asks for “provider”. Enter it."])
        let field = try #require(form.first("id=\"(answer-[^\"]*)\""))
        var fields = try #require(form.form("\(list)/review")).filter { $0.0 != field }
        fields.append((field, "<Cloud>"))
        let review = try browser.send(.post, "\(list)/review", form: fields)
        #expect(review.html.contains("&lt;Cloud&gt; is down. &lt;Cloud&gt; knows."))
        _ = try browser.submit(review, to: list)
        let incident = try #require(try test.incidents().first)
        #expect(incident.name == "Login of Acme Status and {other}")
        #expect(incident.status == .identified)
        #expect(incident.timeline.current.map(\.status) == [.fullOutage])
        #expect(try browser.get("\(templates)/new").status == 403)
    }

    @Test("A template on a form keeps what was typed, and braces without a template are text")
    func useTemplate() throws {
        let test = try TestDashboard()
        let editor = try test.browser(.editor)
        _ = try editor.submit(
            try editor.get("\(templates)/new"), to: "\(templates)/new",
            ["name": "Update", "kind": "incident", "message": "More at {time}.", "every_page": "on", "silent": "on"])
        try test.subscribe(1)
        let one = try test.declare("About {page}", in: editor)
        #expect(try test.incidents()[0].name == "About {page}")
        let screen = try editor.get(one)
        let id = try #require(screen.first("<option value=\"([0-9A-Z]{26})\">Update"))
        var fields = try #require(screen.form("\(one)/updates/review"))
        #expect(fields.contains { $0 == ("notify", "on") })
        fields = fields.filter { $0.0 != "message" && $0.0 != "template" }
        let filled = try editor.send(
            .post, one, form: fields + [("message", "Typed."), ("template", id), ("use", "1")])
        let values = Dictionary(try #require(filled.form("\(one)/updates/review"))) { first, _ in first }
        #expect(values["message"] == "More at {time}.\n\nTyped." && values["notify"] == nil)
        let review = try editor.submit(filled, to: "\(one)/updates/review")
        #expect(review.html.contains("More at 15 Jan 2027, 08:00 UTC."))
        #expect(review.html.contains("Nobody will be notified."))
        // Archived templates are gone from the forms.
        let archived = try editor.submit(try editor.get("\(templates)/\(id)"), to: "\(templates)/\(id)/archive")
        #expect(archived.location == "\(templates)?done=archived")
        #expect(!(try editor.get(one).html.contains("Use template")))
    }

    @Test("A maintenance's template gives the length of the window")
    func maintenanceTemplate() throws {
        let test = try TestDashboard()
        let editor = try test.browser(.editor)
        let login = try test.component("Login")
        _ = try editor.submit(
            try editor.get("\(templates)/new"), to: "\(templates)/new",
            [
                "name": "Disks", "kind": "maintenance", "title": "Disks", "message": "{duration} from {start}",
                "duration": "90", login: "under_maintenance",
            ])
        let maintenances = TestDashboard.maintenances
        let link = try #require(try editor.get(templates).first("href=\"([^\"]*template=[^\"]*)\""))
        let form = try editor.get(link)
        #expect(form.html.contains("If empty: 1 hour 30 minutes after the start."))
        let review = try editor.submit(form, to: "\(maintenances)/review", ["starts": "2027-02-01T10:00"])
        _ = try editor.submit(review, to: maintenances)
        let maintenance = try #require(try test.maintenances().first)
        #expect(maintenance.updates[0].message == "1 hour 30 minutes from 1 Feb 2027, 10:00 UTC")
        #expect(maintenance.window.endAt.rfc3339 == "2027-02-01T11:30:00.000Z")
        #expect(maintenance.touchedComponents == [try test.componentID("Login")])
    }
}
