import Accounts
import Publishing
import StatusPages
import Testing

@testable import Dashboard

@Suite("Creating and archiving pages")
struct CreatePageTests {
    private static let path = "/dashboard/pages/new"

    @Test("A new page opens its structure, and the component that is saved there is on the public page")
    func whole() throws {
        let test = try TestDashboard(pages: [], made: [])
        let browser = try test.browser(.editor)
        let form = try browser.get(Self.path)
        #expect(form.heading == "Create page")
        let created = try browser.submit(
            form, to: Self.path, ["name": "Beta", "slug": "beta", "kind": "public"])
        #expect(created.location == "/dashboard/pages/beta/structure?done=created")
        let structure = "/dashboard/pages/beta/structure"
        #expect(try browser.get(structure).html.contains("Nothing on this page yet"))
        let add = try browser.get("\(structure)?add=component")
        let added = try browser.submit(add, to: "\(structure)/items", ["name": "Login"])
        #expect(added.status == 303)
        #expect(try test.publicPage("/beta").contains("Login") == false)
        let saved = try browser.submit(try browser.get(structure), to: "\(structure)/save")
        #expect(saved.location == "\(structure)?done=saved")
        #expect(try test.publicPage("/beta").contains("Login"))
        #expect(try test.audited(.component).contains("created Login"))
    }

    @Test(
        "Problems are shown at their fields, and the input stays",
        arguments: [
            ("", "beta", "The name must not be empty."),
            ("Beta", "acme", "Another page has the slug \"acme\". Choose another."),
            ("Beta", "new", "The slug must not be one of the reserved words new, reserved."),
            (
                "Beta", "",
                "The slug must be 1 to 63 lower-case letters, digits and hyphens, and begin with a letter or digit."
            ),
            (
                "Beta", "A b",
                "The slug must be 1 to 63 lower-case letters, digits and hyphens, and begin with a letter or digit."
            ),
            ("Beta", "reserved", "The slug must not be one of the reserved words new, reserved."),
        ])
    func faults(name: String, slug: String, fault: String) throws {
        let test = try TestDashboard(reservedWords: ["new", "reserved"])
        let page = try test.browser(.editor).post(Self.path, ["name": name, "slug": slug, "kind": "internal"])
        #expect(page.status == 422)
        #expect(page.faults == [fault])
        #expect(page.form(Self.path)?.contains { $0 == ("slug", slug) } == true)
        #expect(page.form(Self.path)?.contains { $0 == ("kind", "internal") } == true)
    }

    @Test("Only editors and owners create pages", arguments: [("viewer", 403), ("publisher", 403), ("editor", 200)])
    func roles(role: String, status: Int) throws {
        let test = try TestDashboard()
        let browser = try test.browser(#require(.init(rawValue: role)))
        #expect(try browser.get(Self.path).status == status)
        let page = try browser.post(Self.path, ["name": "Beta", "slug": "beta", "kind": "public"])
        #expect(page.status == (status == 200 ? 303 : 403))
        #expect(test.publishing.site.pages.contains { $0.slug == "beta" } == (status == 200))
    }

    @Test("A made page is archived after a question, and restored")
    func archiving() throws {
        let test = try TestDashboard()
        let browser = try test.browser(.editor)
        let path = "/dashboard/pages/made/settings/archive"
        let asked = try browser.get(path)
        #expect(asked.heading == "Archive page")
        #expect(try browser.submit(asked, to: path).location == "/dashboard?done=archived")
        #expect(try browser.get("/dashboard/pages/made").status == 404)
        let taken = try browser.post(Self.path, ["name": "Made", "slug": "made", "kind": "public"])
        #expect(taken.faults.first?.contains("Restore that page") == true)
        let archived = try browser.get("/dashboard/pages/archived")
        #expect(archived.html.contains(">Restore</button>"))
        let restored = try browser.submit(archived, to: "/dashboard/pages/archived")
        #expect(restored.location == "/dashboard/pages/made?done=restored")
        #expect(try browser.get("/dashboard/pages/made").status == 200)
    }

    @Test("A page with an ongoing incident is archived only after a warning about the incident")
    func ongoing() throws {
        let test = try TestDashboard()
        let browser = try test.browser(.editor)
        let path = "/dashboard/pages/made/settings/archive"
        let quiet = try browser.get(path)
        try test.declareIncident("Dark <b>out</b>", on: "made")
        let refused = try browser.submit(quiet, to: path)
        #expect(refused.status == 409)
        #expect(refused.html.contains("Dark &lt;b&gt;out&lt;/b&gt;"))
        #expect(try browser.submit(refused, to: path).location == "/dashboard?done=archived")
    }

    @Test("Archiving needs a fresh proof of identity")
    func confirmation() throws {
        let test = try TestDashboard()
        let browser = try test.browser(.editor)
        test.ids.advance(by: 16 * 60)
        let path = "/dashboard/pages/made/settings/archive"
        #expect(try browser.get(path).location == "/dashboard/confirm?next=\(path.replacing("/", with: "%2F"))")
        #expect(try browser.post(path).heading == "Confirm it is you")
        #expect(try test.page("made").slug == "made")
    }

    @Test("A page that left the configuration can be taken over")
    func takeOver() throws {
        let test = try TestDashboard()
        try test.declare([])
        let browser = try test.browser(.editor)
        let archived = try browser.get("/dashboard/pages/archived")
        #expect(archived.html.contains(">Take over in the dashboard</button>"))
        let taken = try browser.submit(archived, to: "/dashboard/pages/archived")
        #expect(taken.location == "/dashboard/pages/acme?done=restored")
        #expect(try test.page("acme").management.origin == .dashboard)
        #expect(try test.page("acme").structure.placements.map(\.component.name) == ["Website", "Login"])
    }
}
