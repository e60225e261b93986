import Accounts
import Publishing
import StatusPages
import Storage
import Testing

@testable import Dashboard

@Suite("Editing the structure of a page")
struct StructureTests {
    private static let path = "/dashboard/pages/made/structure"

    private static func add(
        _ kind: String, _ name: String, inside: String = "", to browser: Browser
    ) throws -> String {
        let page = try browser.post(
            "\(path)/items", ["kind": kind, "name": name, "inside": inside, "uptime": "on", "key": ""])
        let location = try #require(page.location)
        return try #require(location.split(separator: "#item-").last.map(String.init))
    }

    /// The names of the items with their depth, as the screen shows them.
    private static func rows(_ page: TestPage) -> [String] {
        page.html.matches(of: /data-name="([^"]*)"/).map { String($0.output.1) }
    }

    private static func names(_ test: TestDashboard) throws -> [String] {
        try test.page("made").structure.items.map { item in
            switch item {
            case .component(let placed): placed.component.name
            case .group(let group): "\(group.name)(\(group.components.map(\.component.name).joined(separator: ",")))"
            case .subPage(let subPage): "/\(subPage.key)"
            }
        }
    }

    @Test("Items are added, moved, edited and removed in a copy, which is saved whole")
    func whole() throws {
        let test = try TestDashboard()
        let browser = try test.browser(.editor)
        let login = try Self.add("component", "Login", to: browser)
        let group = try Self.add("group", "Storage", to: browser)
        let disks = try Self.add("component", "Disks", inside: group, to: browser)
        let tapes = try Self.add("component", "Tapes", inside: group, to: browser)
        let subPage = try Self.add("sub_page", "Europe", to: browser)
        _ = try Self.add("component", "Frankfurt", inside: subPage, to: browser)
        #expect(try browser.post("\(Self.path)/items/\(login)/down").location == "\(Self.path)#item-\(login)")
        _ = try browser.post("\(Self.path)/items/\(tapes)/up")
        #expect(
            Self.rows(try browser.get(Self.path)) == ["Storage", "Tapes", "Disks", "Login", "Europe", "Frankfurt"])
        _ = try browser.post("\(Self.path)/items/\(login)/move", ["into": group, "index": "0"])
        _ = try browser.post("\(Self.path)/items/\(disks)/remove")
        let edit = try browser.get("\(Self.path)?edit=\(tapes)")
        #expect(edit.texts(of: "h2").contains("Edit Tapes"))
        let edited = try browser.submit(edit, to: "\(Self.path)/items", ["name": "Tape", "hidden": "on", "inside": ""])
        #expect(edited.status == 303)
        #expect(try test.page("made").structure.items.isEmpty)
        let preview = try browser.get("\(Self.path)/preview")
        #expect(preview.heading == "Preview")
        #expect(preview.texts(of: "h2") == ["Made", "Europe"])
        #expect(!preview.html.contains("Tape"))
        #expect(try browser.post("\(Self.path)/save").location == "\(Self.path)?done=saved")
        #expect(try Self.names(test) == ["Storage(Login)", "/europe", "Tape"])
        let saved = try browser.get(Self.path)
        #expect(!saved.html.contains("not saved yet"))
        #expect(!saved.texts(of: "button").contains("Discard changes"))
    }

    @Test("Each user has a separate copy, and can discard it")
    func copies() throws {
        let test = try TestDashboard()
        let editor = try test.browser(.editor)
        _ = try Self.add("component", "Login", to: editor)
        let owner = try test.browser(.owner)
        #expect(Self.rows(try owner.get(Self.path)).isEmpty)
        #expect(try editor.post("\(Self.path)/discard").location == "\(Self.path)?done=discarded")
        #expect(Self.rows(try editor.get(Self.path)).isEmpty)
    }

    @Test("If somebody else saved, both structures are shown, and the user keeps one", arguments: [true, false])
    func conflict(keepsMine: Bool) throws {
        let test = try TestDashboard()
        let editor = try test.browser(.editor)
        let owner = try test.browser(.owner)
        _ = try Self.add("component", "Mine", to: editor)
        _ = try Self.add("component", "Theirs", to: owner)
        #expect(try owner.post("\(Self.path)/save").status == 303)
        #expect(try editor.get(Self.path).html.contains("Somebody saved another structure meanwhile."))
        let refused = try editor.post("\(Self.path)/save")
        #expect(refused.status == 409)
        #expect(refused.texts(of: "button").contains("Keep mine"))
        #expect(refused.texts(of: "button").contains("Discard mine"))
        #expect(refused.texts(of: "h2") == ["Yours", "On the page now"])
        #expect(try Self.names(test) == ["Theirs"])
        if keepsMine {
            #expect(try editor.submit(refused, to: "\(Self.path)/save").status == 303)
        } else {
            #expect(try editor.post("\(Self.path)/discard").status == 303)
        }
        #expect(try Self.names(test) == [keepsMine ? "Mine" : "Theirs"])
        #expect(!(try editor.get(Self.path).html.contains("not saved yet")))
    }

    @Test("An invalid item keeps its form open, and an invalid tree links to its items")
    func faults() throws {
        let test = try TestDashboard()
        let browser = try test.browser(.editor)
        let page = try browser.post(
            "\(Self.path)/items", ["kind": "component", "name": "", "key": "A b", "description": "Text", "inside": ""])
        #expect(page.status == 422)
        #expect(page.faults.contains("The name must not be empty."))
        #expect(page.value(of: "key") == "A b")
        #expect(page.html.contains("Add component"))
        let group = try Self.add("group", "Empty <b>", to: browser)
        let saved = try browser.post("\(Self.path)/save")
        #expect(saved.status == 422)
        #expect(saved.faults.count == 1)
        #expect(saved.html.contains("The group &quot;Empty &lt;b&gt;&quot; has no components."))
        #expect(saved.html.contains("href=\"#item-\(group)\""))
        #expect(!saved.html.contains("Empty <b>"))
        #expect(try browser.get("\(Self.path)/preview").status == 422)
    }

    @Test("A component with an ongoing incident leaves the page only after a question")
    func ongoing() throws {
        let test = try TestDashboard()
        let browser = try test.browser(.editor)
        let login = try Self.add("component", "Login", to: browser)
        _ = try browser.post("\(Self.path)/save")
        try test.declareIncident("Nobody gets in", on: "made", component: "Login")
        _ = try browser.post("\(Self.path)/items/\(login)/remove")
        let asked = try browser.post("\(Self.path)/save")
        #expect(asked.status == 409)
        #expect(asked.html.contains("Nobody gets in"))
        #expect(try Self.names(test) == ["Login"])
        #expect(try browser.submit(asked, to: "\(Self.path)/save").status == 303)
        #expect(try Self.names(test) == [])
    }

    @Test("A component of another page can be added")
    func existing() throws {
        let test = try TestDashboard()
        let browser = try test.browser(.editor)
        let form = try browser.get("\(Self.path)?add=component")
        #expect(form.texts(of: "option").contains("Website"))
        let website = try #require(test.page("acme").structure.placements.first?.component.id)
        _ = try browser.post("\(Self.path)/place", ["existing": website.description, "existing_inside": ""])
        #expect(try browser.get("\(Self.path)?edit=\(website)").html.contains("managed elsewhere"))
        _ = try browser.post("\(Self.path)/save")
        #expect(try Self.names(test) == ["Website"])
    }

    @Test("A declared structure is read-only, and rejects every change")
    func declared() throws {
        let test = try TestDashboard()
        let browser = try test.browser(.owner)
        let path = "/dashboard/pages/acme/structure"
        let page = try browser.get(path)
        #expect(Self.rows(page) == ["Website", "EU", "Login"])
        #expect(page.html.contains("Declared in the configuration"))
        #expect(!page.html.contains("Add component"))
        let website = try #require(test.page("acme").structure.placements.first?.component.id)
        for action in ["items/\(website)/down", "items/\(website)/remove", "save", "discard"] {
            #expect(try browser.post("\(path)/\(action)").status == 409)
        }
        #expect(try browser.post("\(path)/items", ["kind": "group", "name": "New"]).status == 409)
    }

    @Test("Only editors and owners change a structure", arguments: ["viewer", "publisher"])
    func roles(role: String) throws {
        let test = try TestDashboard()
        let browser = try test.browser(#require(.init(rawValue: role)))
        let page = try browser.get(Self.path)
        #expect(page.status == 200)
        #expect(!page.html.contains("Save structure"))
        for action in ["items", "save", "discard", "place"] {
            #expect(try browser.post("\(Self.path)/\(action)", ["kind": "group", "name": "New"]).status == 403)
        }
    }

    @Test("A copy that is edited back to the saved structure is not kept")
    func unchanged() throws {
        let test = try TestDashboard()
        let browser = try test.browser(.editor)
        let login = try Self.add("component", "Login", to: browser)
        _ = try browser.post("\(Self.path)/items/\(login)/remove")
        #expect(!(try browser.get(Self.path).texts(of: "button").contains("Discard changes")))
    }
}
