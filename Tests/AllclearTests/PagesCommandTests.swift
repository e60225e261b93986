import Foundation
import StatusPages
import Storage
import TestSupport
import Testing

@testable import allclear

@Suite("Pages on the command line", .timeLimit(.patientMinutes(5)))
struct PagesCommandTests {
    private let executable: Executable

    init() throws {
        executable = try Executable()
        try configure("")
    }

    /// Writes a configuration with the page "acme" and other pages.
    private func configure(_ others: String) throws {
        try executable.directory.write(
            """
            {"database": "allclear.db", "public_url": "http://status.test", "pages": [
                {"slug": "acme", "name": "Acme", "structure": [
                    {"group": {"key": "eu", "name": "EU", "components": [{"key": "login", "name": "Login"}]}}]}\(others)
            ]}
            """, to: "config.json")
    }

    /// Runs a command that must succeed.
    @discardableResult
    private func run(_ arguments: String...) async throws -> Executable.Run {
        let run = try await executable.start(arguments).end()
        try #require(run.code == 0, "\(arguments): \(run.errors)")
        return run
    }

    @Test("A page that is created while the server runs is shown at once, and stays when the server starts again")
    func creation() async throws {
        let server = try await TestServer.start(executable)
        let created = try await run("pages", "create", "--slug", "made", "--name", "Made Status")
        let id = created.output.trimmingCharacters(in: .newlines)
        #expect(id.count == 26)
        #expect(created.errors == "Created page \"made\", http://status.test/made.\n")
        let token = try await executable.makeKey()
        while try server.client.get("/made/api/v1/summary").status != 200 {
            try await Task.sleep(for: .milliseconds(10))
        }
        let shown = try server.client.get("/v2/status_page_structures/\(id)", token: token).object()
        let meta = try #require(shown["management_meta"] as? [String: Any])
        #expect(meta["managed_by"] as? String == "dashboard")
        _ = await server.stop()
        let again = try await TestServer.start(executable)
        #expect(try again.client.get("/made/api/v1/summary").status == 200)
        let lines = try await run("pages", "list").output.split(separator: "\n")
        #expect(
            lines.map { $0.split(separator: " ", omittingEmptySubsequences: true).dropFirst().joined(separator: " ") }
                == ["public external acme Acme", "public dashboard made Made Status"])
        let list = try JSONSerialization.jsonObject(with: Data(try await run("pages", "list", "--json").output.utf8))
        #expect((list as? [[String: Any]])?.map { $0["slug"] as? String } == ["acme", "made"])
        try await run("pages", "archive", "made")
        while try again.client.get("/made/api/v1/summary").status != 404 {
            try await Task.sleep(for: .milliseconds(10))
        }
        let restored = try await run("pages", "restore", "made")
        #expect(restored.errors == "Restored page \"made\", http://status.test/made.\n")
        while try again.client.get("/made/api/v1/summary").status != 200 {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(try await run("pages", "list").output.contains("\(id)  public  dashboard  made  Made Status"))
        _ = await again.stop()
    }

    @Test("A page is shown with its keys")
    func show() async throws {
        _ = await (try await TestServer.start(executable)).stop()
        let lines = try await run("pages", "show", "acme").output.split(separator: "\n").map(String.init)
        #expect(lines.first?.hasSuffix("  public  external  acme  Acme") == true)
        #expect(lines.dropFirst() == ["http://status.test/acme", "  eu  EU", "    login  Login"])
        let page = try await run("pages", "show", "acme", "--json").output
        #expect(page.contains(#""slug":"acme""#) && page.contains(#""current_structure":{"items":[{"group""#))
    }

    @Test("The error for a declaration with the slug of a made page says what to do, and its export is adopted")
    func adoption() async throws {
        _ = await (try await TestServer.start(executable)).stop()
        let created = try await run("pages", "create", "--slug", "made", "--name", "Made", "--kind", "customer")
        try configure(#", {"slug": "made", "name": "Made", "kind": "customer"}"#)
        for command in ["check", "serve"] {
            let refused = try await executable.start([command]).end()
            #expect(refused.code == 78, "\(command)")
            #expect(!refused.output.contains("take over"))
            #expect(refused.errors.contains("/pages/1/slug, page \"made\""), "\(refused.errors)")
            #expect(
                refused.errors.contains(
                    """
                    belongs to the page "Made", which the dashboard manages; take that page over with "adopt": true, \
                    use another slug, or remove the page here
                    """))
        }
        let export = try await run("pages", "export", "made").output
        #expect(export.contains("\"adopt\": true"))
        try configure(", \(export)")
        #expect(
            try await run("check").output.hasSuffix("the configuration would\n  take over page \"made\", \"Made\"\n"))
        _ = await (try await TestServer.start(executable)).stop()
        #expect(try await run("check").output.hasSuffix(": no changes to pages and items\n"))
        #expect(try await run("pages", "list").output.contains(created.output.trimmingCharacters(in: .newlines)))
        #expect(try await !run("pages", "export", "acme").output.contains("adopt"))
    }

    @Test("The error for a declaration with the domain of a made page says what to do, and that helps")
    func takenDomain() async throws {
        let store = try Store(path: executable.directory.file("allclear.db"))
        try store.write { transaction in
            try transaction.insert(
                PageDeclaration(slug: "made", name: "Made", domain: "made.example"), as: ID(IDSource().next()),
                at: Clock.now())
        }
        try store.close()
        let young = #", {"slug": "young", "name": "Young", "domain": "made.example"}"#
        try configure(young)
        let refused = try await executable.start(["check"]).end()
        #expect(refused.code == 78)
        #expect(
            refused.errors.contains(
                """
                belongs to the page "Made", which the dashboard manages; use another domain, declare that page here \
                too with "slug": "made" and "adopt": true, or archive it with: allclear pages archive made
                """), "\(refused.errors)")
        try configure(young + #", {"slug": "made", "adopt": true, "name": "Made"}"#)
        try await run("check")
        try configure(young)
        try await run("pages", "archive", "made")
        try await run("check")
    }

    @Test("A running server refuses to reload a declaration with the slug of a made page")
    func reload() async throws {
        let server = try await TestServer.start(executable)
        try await run("pages", "create", "--slug", "made", "--name", "Made")
        try configure(#", {"slug": "made", "name": "Other"}"#)
        server.running.send(SIGHUP)
        _ = try await server.running.wait { running in
            running.errors.contains("configuration not applied") ? true : nil
        }
        #expect(try await run("pages", "list").output.contains("dashboard  made  Made"))
        _ = await server.stop()
    }

    private static let mistakes: [([String], Int32, String)] = [
        (["pages", "create", "--slug", "acme", "--name", "A"], 1, "there is already a page \"acme\""),
        (["pages", "create", "--slug", "A", "--name", "A"], 64, "--slug must be 1 to 63 lower-case letters"),
        (["pages", "create", "--slug", "api", "--name", "A"], 64, "--slug must not be one of the reserved words"),
        (["pages", "create", "--slug", "a", "--name", " "], 64, "The name must not be empty."),
        (["pages", "create", "--slug", "a", "--name", "A", "--kind", "secret"], 64, "secret"),
        (["pages", "show", "other"], 1, "there is no page \"other\"; use acme"),
        (["pages", "restore", "acme"], 1, "the page is not archived"),
        (["pages", "restore", "other"], 1, "there is no page \"other\"\n"),
        (["pages", "archive", "acme"], 1, "the configuration declares the page; remove it there, and reload"),
    ]

    @Test("Mistakes get a precise message and change nothing")
    func mistakes() async throws {
        let server = try await TestServer.start(executable)
        for (arguments, code, message) in Self.mistakes {
            let run = try await executable.start(arguments).end()
            #expect(run.code == code, "\(arguments): \(run.errors)")
            #expect(run.errors.contains(message), "\(arguments): \(run.errors)")
            #expect(run.output == "")
        }
        try await run("pages", "create", "--slug", "gone", "--name", "Gone")
        try await run("pages", "archive", "gone")
        let taken = try await executable.start(["pages", "create", "--slug", "gone", "--name", "New"]).end()
        #expect(
            taken.errors.contains("an archived page has the slug \"gone\"; use another slug, or bring the page back"))
        try await run("pages", "create", "--slug", "busy", "--name", "Busy")
        try await run("incidents", "declare", "--page", "busy", "--name", "Down", "--message", "We look into it.")
        let busy = try await executable.start(["pages", "archive", "busy"]).end()
        #expect(busy.code == 1)
        #expect(busy.errors.contains("the page has 1 ongoing incident: end all ongoing events first, or use --force"))
        try await run("pages", "archive", "busy", "--force")
        #expect(try await run("pages", "list").output.split(separator: "\n").count == 1)
        _ = await server.stop()
    }
}
