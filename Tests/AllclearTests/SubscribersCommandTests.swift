import Foundation
import TestSupport
import Testing

@Suite("Subscribers on the command line", .timeLimit(.patientMinutes(5)))
struct SubscribersCommandTests {
    private let executable: Executable

    init() throws {
        executable = try Executable()
        try configure()
    }

    private func configure(
        mail: String = #""mail": {"host": "127.0.0.1", "port": 9, "tls": "none", "from": "status@acme.example"},"#
    ) throws {
        try executable.directory.write(
            """
            {\(mail) "database": "allclear.db", "subscribers": {"mails_per_address": 1}, "pages": [
                {"slug": "acme", "name": "Acme", "structure": [
                    {"component": {"key": "api", "name": "API"}},
                    {"group": {"key": "eu", "name": "EU", "components": [{"key": "login", "name": "Login"}]}},
                    {"sub_page": {"key": "uk", "name": "UK", "items": [{"component": {"key": "pay", "name": "Pay"}}]}}]},
                {"slug": "clients", "name": "Clients", "kind": "customer"},
                {"slug": "inside", "name": "Inside", "kind": "internal"}]}
            """, to: "config.json")
    }

    /// Runs a command of `subscribers` that must succeed.
    @discardableResult
    private func run(_ arguments: String...) async throws -> Executable.Run {
        let run = try await executable.start(["subscribers"] + arguments).end()
        try #require(run.code == 0, "\(arguments): \(run.errors)")
        return run
    }

    private func list(_ arguments: String...) async throws -> [[String]] {
        let run = try await executable.start(["subscribers", "list"] + arguments).end()
        try #require(run.code == 0, "\(run.errors)")
        return run.output.split(separator: "\n").map { $0.split(separator: "  ").map(String.init) }
    }

    private func managerKey() async throws -> String {
        let arguments = [
            "keys", "create", "--name", "ops", "--role", "subscribers_manage", "--role", "status_page_publisher",
        ]
        return try await executable.start(arguments).end().output.trimmingCharacters(in: .newlines)
    }

    @Test("Subscribers are added, listed and removed, and a running server sees them at once")
    func life() async throws {
        let server = try await TestServer.start(executable)
        let token = try await managerKey()
        let added = try await run("add", "Jo@example.com", "--page", "acme", "--component", "eu", "--component", "api")
        #expect(added.output == "")
        #expect(added.errors.wholeMatch(of: /Added [0-9A-Z]{26} to acme: pending\.\n/) != nil)
        let hook = try await run(
            "add", "https://hooks.example.com/a", "--page", "clients", "--channel", "webhook", "--name", "Ops")
        #expect(hook.output.wholeMatch(of: /whsec_[A-Za-z0-9+\/]{43}=\n/) != nil)
        #expect(hook.errors.hasSuffix(" to clients: active.\n"))
        try await run("add", "kim@example.com", "--page", "acme", "--confirmed", "--component", "uk")

        #expect(
            try await list().map { Array($0.dropFirst(2)) } == [
                ["pending", "email", "acme", "Jo@example.com", "api;eu"],
                ["active", "email", "acme", "kim@example.com", "uk"],
                ["active", "webhook", "clients", "https://hooks.example.com/a"],
            ])
        #expect(try await list("--page", "acme", "--state", "active").map { $0[5] } == ["kim@example.com"])
        #expect(try await list("--channel", "webhook").count == 1)

        let page = try server.pageID(token: token)
        let path = "/v2/status_page_subscribers?status_page_id=\(page)"
        let shown = try server.client.get(path, token: token).object()["status_page_subscribers"] as? NSArray
        let printed = try await executable.run("subscribers", "list", "--page", "acme", "--json").output
        #expect(try JSONSerialization.jsonObject(with: Data(printed.utf8)) as? NSArray == shown)
        #expect(shown?.count == 2)
        let none = try await executable.run("subscribers", "list", "--page", "clients", "--channel", "slack", "--json")
        #expect(none.output == "[\n]\n")

        #expect(try await run("remove", "JO@example.com", "--page", "acme").errors.contains("Removed"))
        let rest = try server.client.get(path, token: token).object()["status_page_subscribers"] as? [[String: Any]]
        #expect(rest?.map { $0["email"] as? String } == ["kim@example.com"])
        try await run("remove", "https://hooks.example.com/a", "--page", "clients", "--channel", "webhook")
        #expect(try await list("--page", "clients") == [])
        #expect(await server.stop().code == 0)
    }

    @Test("Bounces change every page that has the address, or one")
    func bounces() async throws {
        let server = try await TestServer.start(executable)
        for page in ["acme", "clients"] { try await run("add", "jo@example.com", "--page", page, "--confirmed") }
        let soft = try await run("bounce", "jo@example.com", "--type", "soft", "--page", "acme")
        #expect(soft.output.hasSuffix("  acme  active\n"))
        let hard = try await run("bounce", "JO@example.com", "--type", "hard", "--detail", "550 5.1.1")
        #expect(
            hard.output.split(separator: "\n").map { $0.dropFirst(28) } == [
                "acme  quarantined", "clients  quarantined",
            ])
        try await run("add", "kim@example.com", "--page", "acme", "--confirmed")
        #expect(
            try await run("bounce", "kim@example.com", "--type", "complaint").output.hasSuffix("  acme  unsubscribed\n")
        )
        #expect(await server.stop().code == 0)
    }

    @Test("An import reports each invalid row with its line and code, and adds the others")
    func imports() async throws {
        let server = try await TestServer.start(executable)
        for (address, type) in [("gone@example.com", "complaint"), ("broken@example.com", "hard")] {
            try await run("add", address, "--page", "acme", "--confirmed")
            try await run("bounce", address, "--type", type)
        }
        try await run("add", "known@example.com", "--page", "acme", "--confirmed")
        try executable.directory.write(
            "Note,EMAIL,components\r\n"
                + ",\"New@example.com\",\" uk; api \"\r\n" + ",no,\r\n" + "\"two\r\nlines\",new@example.com,\r\n"
                + ",x@example.com,api;nope;gone\r\n" + ",known@example.com,login\r\n" + "\r\n"
                + ",gone@example.com,\r\n" + ",broken@example.com,\r\n" + "short@example.com\r\n"
                + ",whole@example.com,\r\n",
            to: "people.csv")
        let imported = try await executable.run("subscribers", "import", "people.csv", "--page", "acme", "--confirmed")
        #expect(imported.code == 1)
        #expect(imported.output == "imported 2, updated 1, skipped 6\n")
        #expect(
            imported.errors == """
                allclear: ignored the column "note"
                people.csv:3: invalid_format
                people.csv:4: duplicate
                people.csv:6: unknown_component: "nope", "gone"
                people.csv:9: unsubscribed
                people.csv:10: quarantined
                people.csv:11: invalid_format: the number of fields differs from the header's

                """)
        let exported = try await run("export", "--page", "acme")
        #expect(
            exported.output == """
                email,components
                known@example.com,login
                New@example.com,api;uk
                whole@example.com,

                """)
        try executable.directory.write(exported.output, to: "copy.csv")
        let copied = try await run("import", "copy.csv", "--page", "acme", "--confirmed")
        #expect(copied.output == "imported 0, updated 3, skipped 0\n" && copied.errors == "")
        #expect(try await run("export", "--page", "acme").output == exported.output)
        // Addresses that are skipped only because of their state are not errors in the file.
        try executable.directory.write("email\ngone@example.com\n", to: "gone.csv")
        #expect(try await run("import", "gone.csv", "--page", "acme").output == "imported 0, updated 0, skipped 1\n")
        #expect(await server.stop().code == 0)
    }

    @Test("A long list is imported in parts, and an address that repeats in another part is a duplicate")
    func long() async throws {
        let server = try await TestServer.start(executable)
        var lines = ["email"] + (0..<1_500).map { "a\($0)@example.com" }
        lines.append("A0@example.com")
        try executable.directory.write(lines.joined(separator: "\n"), to: "long.csv")
        let imported = try await executable.run("subscribers", "import", "long.csv", "--page", "acme", "--confirmed")
        #expect(imported.output == "imported 1500, updated 0, skipped 1\n")
        #expect(imported.errors == "long.csv:1502: duplicate\n")
        #expect(try await run("export", "--page", "acme").output.split(separator: "\n").count == 1_501)
        #expect(try await list("--page", "acme").count == 1_500)
        #expect(await server.stop().code == 0)
    }

    @Test("Addresses over the limit of emails are imported, but get no email")
    func limit() async throws {
        let server = try await TestServer.start(executable)
        try await run("add", "jo@example.com", "--page", "acme")
        let refused = try await executable.run("subscribers", "add", "jo@example.com", "--page", "clients")
        #expect(refused.code == 1 && refused.errors.contains("subscribers.mails_per_address"))
        try executable.directory.write("email\njo@example.com\nkim@example.com\n", to: "people.csv")
        let imported = try await run("import", "people.csv", "--page", "clients")
        #expect(imported.output == "imported 2, updated 0, skipped 0\n")
        #expect(imported.errors.hasPrefix("1 of the imported addresses got no email"))
        #expect(await server.stop().code == 0)
    }

    @Test("An export leaves out what is archived, and never widens a choice")
    func archived() async throws {
        var server = try await TestServer.start(executable)
        try await run(
            "add", "some@example.com", "--page", "acme", "--confirmed", "--component", "api", "--component", "uk")
        try await run("add", "none@example.com", "--page", "acme", "--confirmed", "--component", "api")
        #expect(await server.stop().code == 0)
        let configuration = try String(contentsOfFile: executable.directory.file("config.json"), encoding: .utf8)
        try executable.directory.write(
            configuration.replacingOccurrences(of: #"{"component": {"key": "api", "name": "API"}},"#, with: ""),
            to: "config.json")
        server = try await TestServer.start(executable)
        let exported = try await run("export", "--page", "acme")
        #expect(exported.output == "email,components\nsome@example.com,uk\n")
        #expect(exported.errors == "allclear: subscribers left out, because everything they chose is archived: 1\n")
        #expect(try await list("--page", "acme").map { $0.last } == ["uk", "(archived)"])
        #expect(await server.stop().code == 0)
    }

    @Test("A subscriber of an archived or internal page can be removed")
    func removalFromGonePage() async throws {
        var server = try await TestServer.start(executable)
        for page in ["acme", "clients"] { try await run("add", "jo@example.com", "--page", page, "--confirmed") }
        #expect(await server.stop().code == 0)
        try executable.directory.write(
            """
            {"database": "allclear.db", "pages": [
                {"slug": "clients", "name": "Clients", "kind": "internal"}, {"slug": "fresh", "name": "New"}]}
            """, to: "config.json")
        server = try await TestServer.start(executable)
        for page in ["acme", "clients"] {
            try await run("remove", "JO@example.com", "--page", page)
            let again = try await executable.start(["subscribers", "remove", "jo@example.com", "--page", page]).end()
            #expect(again.code == 1)
            #expect(again.errors.contains(#"the page "\#(page)" has no subscriber "jo@example.com" by email"#))
        }
        #expect(await server.stop().code == 0)
    }

    @Test("Errors name what is wrong, and nothing changes")
    func errors() async throws {
        let server = try await TestServer.start(executable)
        try await run("add", "jo@example.com", "--page", "acme", "--confirmed")
        let files = [
            "empty.csv": "", "headless.csv": "jo@example.com\n", "twice.csv": "email,email\n",
            "open.csv": "email\nnew@example.com\n\"x\n", "people.csv": "email\nnew@example.com\n",
        ]
        for (name, text) in files { try executable.directory.write(text, to: name) }
        let add = ["add", "new@example.com", "--page", "acme"]
        let cases: [([String], Int32, String)] = [
            (["add", "new@example.com", "--page", "x"], 1, #"there is no page "x"; use acme, clients"#),
            (
                ["add", "new@example.com", "--page", "inside"], 1,
                #"the page "inside" is internal; this command works only on other pages"#
            ),
            (["add", "new@example.com"], 64, "--page"),
            (add + ["--component", "api", "--component", "y"], 1, #"the page "acme" has no item "y""#),
            (add + ["--name", " "], 1, "The name must not be empty."),
            (add + ["--format", "statuspage"], 1, "Only the channel webhook has a format."),
            (["add", "new", "--page", "acme"], 1, "The email must be an address such as name@example.com, in ASCII."),
            (["add", "JO@example.com", "--page", "acme"], 1, "the page already has a subscriber with this address"),
            (["add", "https://127.0.0.1/", "--page", "acme", "--channel", "webhook"], 1, "allclear: "),
            (["list", "--page", "x"], 1, #"there is no page "x""#), (["list", "--state", "x"], 64, "--state"),
            (["export", "--page", "x"], 1, #"there is no page "x""#),
            (["remove", "jo@example.com", "--page", "x"], 1, #"there is no page "x"; use acme, "#),
            (["remove", "new@example.com", "--page", "acme"], 1, #"has no subscriber "new@example.com" by email"#),
            (["bounce", "new@example.com", "--type", "hard"], 1, #"no page has the subscriber "new@example.com""#),
            (["bounce", "jo@example.com", "--type", "x"], 64, "--type"),
            (["bounce", "jo@example.com", "--type", "hard", "--detail", ""], 64, "The detail must not be empty."),
            (["import", "people.csv", "--page", "x"], 1, #"there is no page "x""#),
            (["import", "missing.csv", "--page", "acme"], 1, "cannot read missing.csv: No such file or directory"),
            (
                ["import", "empty.csv", "--page", "acme"], 1,
                "empty.csv is empty; the first line must be email,components"
            ),
            (["import", "headless.csv", "--page", "acme"], 1, "headless.csv:1: the first line must name the columns"),
            (["import", "twice.csv", "--page", "acme"], 1, "twice.csv:1: there is more than one column email"),
            (["import", "open.csv", "--page", "acme"], 1, "open.csv:3: the line has a quote that is not closed"),
        ]
        let before = try await list()
        for (arguments, code, message) in cases {
            let run = try await executable.start(["subscribers"] + arguments).end()
            #expect(run.code == code, "\(arguments): \(run.errors)")
            #expect(run.errors.contains(message), "\(arguments): \(run.errors)")
            #expect(run.output == "", "\(arguments)")
        }
        try configure(mail: "")
        for arguments in [add, add + ["--confirmed"], ["import", "people.csv", "--page", "acme"]] {
            let run = try await executable.start(["subscribers"] + arguments).end()
            #expect(run.code == 1 && run.errors.contains("mail is not configured"), "\(run.errors)")
        }
        #expect(try await list() == before)
        #expect(await server.stop().code == 0)
    }

    @Test("Messages are listed, and sending is paused and resumed, while the server runs")
    func deliveries() async throws {
        let server = try await TestServer.start(executable)
        let token = try await managerKey()
        try await run("add", "jo@example.com", "--page", "acme")
        let lines = try await deliveries("list", "--page", "acme").output.split(separator: "\n")
        #expect(lines.count == 1)
        #expect(lines.first?.contains("  pending  confirmation  email  jo@example.com  0") == true)
        let path = try "/v2/status_page_deliveries?status_page_id=\(server.pageID(token: token))"
        let shown = try server.client.get(path, token: token).object()["status_page_deliveries"] as? [[String: Any]]
        let printed = try await deliveries("list", "--page", "acme", "--json", "--limit", "1").output
        let objects = try #require(try JSONSerialization.jsonObject(with: Data(printed.utf8)) as? [[String: Any]])
        #expect(objects.first?["id"] as? String == shown?.first?["id"] as? String)
        #expect(objects.first?.keys.sorted() == shown?.first?.keys.sorted())
        #expect(try await deliveries("list", "--page", "clients").output == "")
        #expect(try await deliveries("list", "--page", "acme", "--state", "failed").output == "")

        for (command, isPaused) in [("pause", true), ("pause", true), ("resume", false)] {
            #expect(
                try await deliveries(command).errors == (isPaused ? "Updates are held back.\n" : "Updates are sent.\n"))
            let status = try server.client.get("/v2/status_page_delivery_status", token: token).body
            #expect(status.contains("\"paused\":\(isPaused)"))
            #expect(try await deliveries("status").output.hasPrefix("updates: \(isPaused ? "paused" : "sent")\n"))
        }
        #expect(try await deliveries("status").output.contains("\nwaiting messages: 1 email\noldest: 20"))
        #expect(await server.stop().code == 0)
    }

    private func deliveries(_ arguments: String...) async throws -> Executable.Run {
        let run = try await executable.start(["deliveries"] + arguments).end()
        try #require(run.code == 0, "\(arguments): \(run.errors)")
        return run
    }

    @Test("Only messages that have failed are retried, and errors name what is wrong")
    func retrying() async throws {
        let server = try await TestServer.start(executable)
        try await run("add", "jo@example.com", "--page", "acme")
        let id = String(try await deliveries("list", "--page", "acme").output.prefix(26))
        let unknown = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
        let cases: [([String], Int32, String)] = [
            (["retry", id], 1, "The delivery is pending. Only one that has failed, and whose event still exists"),
            (["retry", unknown], 1, #"there is no delivery "\#(unknown)""#),
            (["retry", "x"], 1, #"there is no delivery "x""#),
            (["retry"], 64, "Give either the id of a message, or --page and --since."),
            (["retry", id, "--page", "acme"], 64, "Give either"), (["retry", "--page", "acme"], 64, "Give either"),
            (["retry", "--page", "acme", "--since", "today"], 64, #"2026-11-20T21:00:00Z; got "today""#),
            (["retry", "--page", "x", "--since", "2026-01-01T00:00:00Z"], 1, #"there is no page "x""#),
            (
                ["retry", "--page", "acme", "--since", "2026-01-01T00:00:00Z", "--subscriber", unknown], 1,
                "has no subscriber with the id"
            ),
            (["list", "--page", "acme", "--subscriber", "x"], 1, "has no subscriber with the id"),
            (["list", "--page", "acme", "--event", "x"], 1, #"there is no event "x""#),
            (["list", "--page", "acme", "--limit", "0"], 64, "--limit must be at least 1; got 0."),
        ]
        for (arguments, code, message) in cases {
            let run = try await executable.start(["deliveries"] + arguments).end()
            #expect(run.code == code, "\(arguments): \(run.errors)")
            #expect(run.errors.contains(message), "\(arguments): \(run.errors)")
        }
        let none = try await deliveries("retry", "--page", "acme", "--since", "2026-01-01T00:00:00Z")
        #expect(none.output == "retrying 0\n")
        #expect(await server.stop().code == 0)
    }
}
