import Accounts
import HTTPServer
import HTTPTypes
import Publishing
import StatusPages
import Storage
import Testing

@testable import Dashboard

/// The screens that are only for owners, or for people who manage subscribers.
@Suite("Screens for owners")
struct OwnerScreenTests {
    @Test(
        "A screen needs at least its role",
        arguments: [
            ("/dashboard/api-keys", User.Role.owner), ("/dashboard/api-keys/new", .owner),
            ("/dashboard/audit", .owner), ("/dashboard/audit/export?format=csv", .owner), ("/dashboard/system", .owner),
            ("/dashboard/pages/acme/subscribers", .editor), ("/dashboard/pages/acme/subscribers/new", .editor),
            ("/dashboard/pages/acme/subscribers/import", .editor),
            ("/dashboard/pages/acme/subscribers/export", .editor), ("/dashboard/pages/acme/deliveries", .editor),
        ])
    func roles(path: String, lowest: User.Role) throws {
        let test = try TestDashboard()
        let all = User.Role.allCases
        let admitted = try #require(all.firstIndex(of: lowest))
        for (index, role) in all.enumerated() {
            #expect(try test.browser(role).get(path).status == (index <= admitted ? 200 : 403), "\(role)")
        }
    }

    @Test(
        "A form needs at least its role",
        arguments: [
            ("/dashboard/api-keys/new", User.Role.editor), ("/dashboard/system/test-mail", .editor),
            ("/dashboard/pages/acme/deliveries/pause", .editor), ("/dashboard/pages/acme/deliveries/resume", .editor),
            ("/dashboard/pages/acme/deliveries/retry", .publisher),
            ("/dashboard/pages/acme/subscribers/new", .publisher),
            ("/dashboard/pages/acme/subscribers/import", .publisher),
        ])
    func forms(path: String, role: User.Role) throws {
        let test = try TestDashboard()
        #expect(try test.browser(role).post(path, ["name": "CI"]).status == 403)
        #expect(try test.audited(.apiKey) == [])
    }

    // MARK: System

    @Test("The System screen has the state of the server, and its problems")
    func system() throws {
        let test = try TestDashboard()
        let page = try test.browser(.owner).get("/dashboard/system")
        #expect(page.heading == "System")
        let facts = Dictionary(zip(page.texts(of: "dt"), page.texts(of: "dd"))) { first, _ in first }
        #expect(facts["Size"] == "4.0 KiB")
        #expect(facts["Relay"] == "relay.test:25")
        #expect(facts["Replication"] == "Off")
        #expect(facts["Waiting messages"] == "0")
        #expect(!page.html.contains("Something is wrong"))
        try test.store.write(as: .test) { try $0.setRelay(.failing, error: "no route to host") }
        let failing = try test.browser(.owner).get("/dashboard/system")
        #expect(failing.html.contains("The mail relay cannot be used."))
        #expect(failing.texts(of: "dd").contains("no route to host"))
    }

    @Test("A test email goes to the owner's own address, and a failure is shown")
    func testMail() throws {
        let test = try TestDashboard()
        let path = "/dashboard/system/test-mail"
        let browser = try test.browser(try test.makeUser(.owner, "ada@acme.example"))
        let sent = try browser.submit(browser.get("/dashboard/system"), to: path)
        #expect(sent.location == "/dashboard/system?done=test_mail_sent")
        let failed = try test.browser(try test.makeUser(.owner, "bad@acme.example")).post(path)
        #expect(failed.status == 422)
        #expect(failed.faults == ["The relay refused the email."])
        #expect(test.mails.all == ["test to ada@acme.example", "test to bad@acme.example"])
    }

    @Test(
        "Sizes have the unit that fits",
        arguments: [
            (0, "0 B"), (1_023, "1023 B"), (1_024, "1.0 KiB"), (1_536, "1.5 KiB"), (102_400, "100 KiB"),
            (1_048_576, "1.0 MiB"), (5_905_580_032, "5.5 GiB"),
        ])
    func sizes(bytes: Int, text: String) {
        #expect(SystemScreen.size(bytes) == text)
    }

    // MARK: Audit log

    /// Makes events of a key, a minute apart, beginning with one at 2027-01-15T08:00Z.
    private func note(_ names: [String], _ test: TestDashboard, as actor: AuditActor = .test) throws {
        for name in names {
            try test.store.write(as: actor) { transaction in
                var changes = AuditChanges()
                changes.note("name", "old", name)
                changes.noteHidden("token")
                try transaction.audit(
                    .changed, AuditSubject(.apiKey, id: "key", name: name), page: nil, changes, at: test.ids.now())
            }
            test.ids.advance(by: 60)
        }
    }

    /// The names of the subjects that the list shows.
    private func subjects(_ page: TestPage) -> [String] { page.texts(of: "strong") }

    @Test("The log shows who changed what, newest first")
    func log() throws {
        let test = try TestDashboard(pages: [], made: [])
        let owner = try test.user(.owner)
        try note(["First"], test)
        try note(["<b>Second</b>"], test, as: .user(owner, requestID: nil, address: "192.0.2.7"))
        let page = try test.browser(.owner).get("/dashboard/audit?what=changed")
        #expect(subjects(page) == ["<b>Second</b>", "First"])
        let cells = page.texts(of: "td")
        #expect(cells[0] == "15 Jan 2027, 08:01")
        #expect(cells[1] == "Owner User 192.0.2.7")
        #expect(cells[2] == "Changed")
        #expect(cells[3] == "API key <b>Second</b>")
        #expect(cells[4] == "name: old → <b>Second</b>token: changed")
        #expect(cells[6] == "test Command line")
    }

    @Test(
        "The filter narrows the list",
        arguments: [
            ("who=command_line", ["B", "A"]), ("who=user&what=changed", ["C"]), ("what=changed", ["C", "B", "A"]),
            ("what=deleted", []), ("from=2027-01-15T09:01&what=changed", ["C", "B"]),
            ("to=2027-01-15T09:01&what=changed", ["A"]), ("who=nobody", []),
        ])
    func filter(query: String, expected: [String]) throws {
        let test = try TestDashboard(pages: [], made: [])
        // Berlin is an hour ahead of UTC in winter.
        let owner = try test.makeUser(.owner, "ada@acme.example")
        try note(["A", "B"], test, as: AuditActor(kind: .commandLine, name: "root"))
        try note(["C"], test, as: .user(owner, requestID: nil, address: nil))
        let browser = try test.browser(owner)
        try test.store.write(as: .test) { transaction in
            _ = try test.publishing.changeAccount(
                of: owner.id, name: owner.name, timeZone: "Europe/Berlin", theme: .auto, in: transaction)
        }
        let page = try browser.get("/dashboard/audit?\(query)")
        #expect(page.status == 200)
        #expect(subjects(page).filter { $0.count == 1 } == expected)
    }

    @Test("An invalid time is reported with the form", arguments: ["from=yesterday", "to=2027-13-01T00:00"])
    func badTime(query: String) throws {
        for path in ["/dashboard/audit", "/dashboard/audit/export"] {
            let page = try TestDashboard().browser(.owner).get("\(path)?\(query)")
            #expect(page.status == 422)
            #expect(page.faults == ["Enter a date and a time, such as 2026-11-30T14:20."])
        }
    }

    @Test("Older events are on the next screens")
    func older() throws {
        let test = try TestDashboard(pages: [], made: [])
        try note((1...120).map { "Key \($0)" }, test)
        let browser = try test.browser(.owner)
        var path: String? = "/dashboard/audit?what=changed"
        var seen: [String] = []
        while let next = path {
            let page = try browser.get(next)
            #expect(subjects(page).count <= 50)
            seen += subjects(page)
            path = page.first(#"<a class="button" href="([^"]*)">Older</a>"#)
        }
        #expect(seen == (1...120).reversed().map { "Key \($0)" })
    }

    @Test("Exports have all events that match, and no field that a spreadsheet would run")
    func exports() throws {
        let test = try TestDashboard(pages: [], made: [])
        try note(["=cmd|' /C calc'!A0"] + (1...600).map { "Key \($0)" }, test)
        let browser = try test.browser(.owner)
        let csv = try browser.get("/dashboard/audit/export?format=csv&what=changed")
        #expect(csv.fields[.contentDisposition] == "attachment; filename=\"audit-log.csv\"")
        let records = try CSV.records(Array(csv.html.utf8)).map(\.fields)
        #expect(records.count == 602)
        #expect(records[0].count == 12)
        #expect(records[1][7] == "Key 600")
        #expect(records[601][7] == "'=cmd|' /C calc'!A0")
        #expect(records[1][9] == #"{"name":["old","Key 600"],"token":"changed"}"#)
        let lines = try browser.get("/dashboard/audit/export?format=jsonl&what=changed")
        #expect(lines.html.split(separator: "\n").count == 601)
    }
}
