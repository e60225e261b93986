import Foundation
import TestSupport
import Testing

@Suite("Incidents and maintenances on the command line", .timeLimit(.patientMinutes(5)))
struct EventCommandsTests {
    private let executable: Executable

    init() throws {
        executable = try Executable()
        try executable.directory.write(
            """
            {"database": "allclear.db", "subscribers": {"max_for_api_notification": 1}, "pages": [
                {"slug": "acme", "name": "Acme", "structure": [
                    {"component": {"key": "api", "name": "API"}},
                    {"group": {"key": "eu", "name": "EU", "components": [{"key": "login", "name": "Login"}]}}]},
                {"slug": "clients", "name": "Clients", "kind": "customer"},
                {"slug": "inside", "name": "Inside", "kind": "internal"}]}
            """, to: "config.json")
    }

    /// Runs a command that must succeed.
    @discardableResult
    private func run(_ arguments: String...) async throws -> Executable.Run {
        let run = try await executable.start(arguments).end()
        try #require(run.code == 0, "\(arguments): \(run.errors)")
        return run
    }

    private func object(_ run: Executable.Run) throws -> NSDictionary {
        try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? NSDictionary)
    }

    private static let declaration = [
        "incidents", "declare", "--page", "acme", "--name", "Logins fail", "--message", "We look into it.",
    ]

    @Test("An incident is declared, updated and resolved, and a running server shows it")
    func incident() async throws {
        let server = try await TestServer.start(executable)
        let token = try await executable.makeKey()
        let declared = try await executable.start(Self.declaration + ["--component", "login=full_outage"]).end()
        try #require(declared.code == 0)
        let id = declared.output.trimmingCharacters(in: .newlines)
        #expect(declared.output == id + "\n" && id.count == 26)
        #expect(declared.errors == "Declared \"Logins fail\" on acme: investigating. Nobody is notified.\n")
        while true {
            let summary = try server.client.get("/acme/api/v1/summary").object()
            if let ongoing = summary["ongoing_incidents"] as? NSArray, ongoing.count == 1 { break }
            try await Task.sleep(for: .milliseconds(10))
        }
        let updated = try await run(
            "incidents", "update", "--latest", "--page", "acme", "--status", "identified", "--message", "A disk.",
            "--component", "login=partial_outage", "--component", "api=degraded_performance", "--json")
        let shown = try server.client.get("/v2/status_page_incidents/\(id)", token: token).object()
        #expect(try object(updated) == shown["status_page_incident"] as? NSDictionary)
        #expect(try object(try await run("incidents", "show", id, "--json")) == object(updated))
        let lines = try await run("incidents", "show", id).output.split(separator: "\n")
        #expect(lines.first?.hasSuffix("  identified  acme  Logins fail") == true)
        #expect(lines.contains("  login=partial_outage") && lines.contains("  A disk."))
        let resolved = try await run("incidents", "resolve", id, "--message", "Repaired.")
        #expect(resolved.output == id + "\n")
        #expect(resolved.errors == "Resolved \"Logins fail\" on acme: resolved. Nobody is notified.\n")
        #expect(try await run("incidents", "list", "--ongoing").output == "")
        #expect(try await run("incidents", "list", "--page", "acme").output.hasPrefix(id))
        try await run("incidents", "delete", id)
        #expect(try await run("incidents", "list", "--json").output == "[\n]\n")
        _ = await server.stop()
    }

    @Test("A maintenance is scheduled, started and completed, even while no server runs")
    func maintenance() async throws {
        // The pages are declared by a server.
        let server = try await TestServer.start(executable)
        _ = await server.stop()
        let scheduled = try await run(
            "maintenances", "schedule", "--page", "acme", "--name", "Disks", "--message", "We replace disks.",
            "--start", "2100-01-01T00:00:00Z", "--end", "2100-01-01T01:00:00+00:00", "--component", "login",
            "--automate", "--json")
        let body = try object(scheduled)
        let id = try #require(body["id"] as? String)
        #expect(body["maintenance_status"] as? String == "maintenance_scheduled")
        #expect(scheduled.output.contains("\"end_at\":\"2100-01-01T01:00:00.000Z\""))
        try await run("maintenances", "start", "--latest", "--page", "acme")
        #expect(try await run("maintenances", "list", "--unfinished").output.contains("maintenance_in_progress"))
        let completed = try await run("maintenances", "complete", id)
        #expect(completed.errors == "Completed \"Disks\" on acme: maintenance_complete. Nobody is notified.\n")
        #expect(try await run("maintenances", "list", "--unfinished").output == "")
        try await run("maintenances", "delete", id)
    }

    @Test("With --notify, all subscribers are notified: the API's limit does not apply")
    func notification() async throws {
        let server = try await TestServer.start(executable)
        try await run("subscribers", "add", "https://hooks.example.com/a", "--page", "acme", "--channel", "webhook")
        let declared = try await executable.start(Self.declaration + ["--notify"]).end()
        #expect(declared.errors.hasSuffix(" 1 subscriber is notified.\n"))
        try await run("subscribers", "add", "https://hooks.example.com/b", "--page", "acme", "--channel", "webhook")
        let another = try await executable.start(Self.declaration + ["--notify"]).end()
        #expect(another.errors.hasSuffix(" 2 subscribers are notified.\n"))
        // The incident affects no component, so this scope excludes it.
        try await run(
            "subscribers", "add", "https://hooks.example.com/c", "--page", "acme", "--channel", "slack",
            "--component", "api")
        let third = try await executable.start(Self.declaration + ["--notify"]).end()
        #expect(third.errors.hasSuffix(" 2 subscribers are notified.\n"))
        _ = await server.stop()
    }

    private static let mistakes: [([String], Int32, String)] = [
        (
            declaration + ["--component", "logn=full_outage"], 1,
            #"has no component "logn"; its components are api, login"#
        ),
        (declaration + ["--component", "login=broken"], 64, "login=broken"),
        (declaration + ["--status", "fixed"], 64, "'investigating', 'identified', 'monitoring' or 'resolved'"),
        (
            ["incidents", "declare", "--page", "acme", "--name", " ", "--message", ""], 1,
            "The message must not be empty."
        ),
        (["incidents", "declare", "--page", "acm", "--name", "a", "--message", "b"], 1, "use acme, clients"),
        (
            ["incidents", "declare", "--name", "a", "--message", "b"], 1,
            "give --page: there are 2 pages (acme, clients)"
        ),
        (["incidents", "declare", "--page", "inside", "--name", "a", "--message", "b"], 1, #""inside" is internal"#),
        (["incidents", "resolve"], 64, "Give either an id or --latest."),
        (["incidents", "resolve", "--latest", "01K40000000000000000000003"], 64, "Give either an id or --latest."),
        (["incidents", "show", "01K40000000000000000000003", "--page", "acme"], 64, "--page needs --latest"),
        (["incidents", "resolve", "--latest", "--page", "acme"], 1, #""acme" has no open status page incident"#),
        (
            ["incidents", "show", "01K40000000000000000000003"], 1,
            #"there is no status page incident "01K40000000000000000000003""#
        ),
        (["incidents", "show", "x"], 1, #""x" is not the id of a status page incident"#),
        (["incidents", "list", "--limit", "0"], 64, "--limit must be at least 1; got 0."),
        (
            ["maintenances", "show", "01K40000000000000000000003"], 1,
            #"there is no status page maintenance "01K40000000000000000000003""#
        ),
        (
            [
                "maintenances", "schedule", "--page", "acme", "--name", "a", "--message", "b", "--start",
                "2100-01-01T00:00:00Z", "--end", "2099-01-01T00:00:00Z",
            ], 1, "The end must be after the start."
        ),
        (
            [
                "maintenances", "schedule", "--page", "acme", "--name", "a", "--message", "b", "--start", "tomorrow",
                "--end", "2099-01-01T00:00:00Z",
            ], 64, "tomorrow"
        ),
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
        for noun in ["incidents", "maintenances"] { #expect(try await run(noun, "list").output == "") }
        _ = await server.stop()
    }
}
