import Foundation
import StatusPages
import Storage
import TestSupport
import Testing

@testable import allclear

@Suite("The audit log on the command line", .timeLimit(.patientMinutes(5)))
struct AuditCommandTests {
    private let executable: Executable

    init() throws {
        executable = try Executable()
        try configure()
    }

    private func configure(name: String = "Acme") throws {
        try executable.directory.write(
            """
            {"mail": {"host": "127.0.0.1", "port": 9, "tls": "none", "from": "status@acme.example"},
             "database": "allclear.db", "pages": [
                {"slug": "acme", "name": "\(name)", "structure": [{"component": {"key": "api", "name": "API"}}]},
                {"slug": "inside", "name": "Inside", "kind": "internal"}]}
            """, to: "config.json")
    }

    /// Runs a command that must succeed, and returns its output.
    @discardableResult
    private func run(_ arguments: String...) async throws -> String {
        let run = try await executable.start(arguments).end()
        try #require(run.code == 0, "\(arguments): \(run.errors)")
        return run.output
    }

    private struct Event: Decodable {
        struct Part: Decodable {
            let kind: String
            let id: String?
            let name: String
        }

        let id: String
        let actor: Part
        let action: String
        let subject: Part
    }

    private func events(_ arguments: String...) async throws -> [Event] {
        let run = try await executable.start(["audit", "--json"] + arguments).end()
        try #require(run.code == 0, "\(run.errors)")
        return try JSONDecoder().decode([Event].self, from: Data(run.output.utf8))
    }

    /// Starts the server once, so that the database has the pages.
    private func serveOnce() async throws {
        let server = try executable.start(["serve"])
        try await server.wait { $0.errors.contains("listening") ? true : nil }
        server.send(SIGTERM)
        #expect(await server.end().code == 0)
    }

    /// Stores a message that could not be sent.
    /// - Returns: its id.
    private func failedDelivery() throws -> String {
        let store = try Store(path: executable.directory.file("allclear.db"))
        let page = try #require(try store.read { try $0.pages() }.first { $0.slug == "acme" })
        let now = Clock.now()
        let newID = IDSource().next
        let subscriber = Subscriber(
            id: ID(newID()), pageID: page.id, channel: .email, state: .pending, address: "ada@example.com",
            source: .api, createdAt: now)
        let delivery = Delivery(
            id: ID(newID()), pageID: page.id, subscriberID: subscriber.id, channel: .email, kind: .manage,
            details: Delivery.Details(pageName: "Acme", pageURL: "https://status.example.com"), state: .failed,
            createdAt: now)
        try store.write { transaction in
            try transaction.insert(subscriber)
            try transaction.insert(delivery)
        }
        try store.close()
        return delivery.id.description
    }

    private static let scheduling = [
        "maintenances", "schedule", "--page", "acme", "--name", "Disks", "--message", "New ones.", "--start",
        "2990-01-01T00:00:00Z", "--end", "2990-01-01T01:00:00Z",
    ]

    @Test("Every command that writes leaves an event by its user, and a command that fails leaves none")
    func commands() async throws {
        try await serveOnce()
        let start = try await events()
        #expect(start.allSatisfy { $0.actor.kind == "configuration" && $0.action == "created" })
        #expect(Set(start.map(\.subject.name)) == ["Acme", "API", "Inside"])
        try executable.directory.write("email\nkim@example.com\n", to: "list.csv")
        let webhook = "https://hooks.example.com/a"
        let commands: [([String], String, String)] = [
            (["keys", "create", "--name", "CI", "--role", "status_page_viewer"], "created", "api_key CI"),
            (["subscribers", "add", "jo@example.com", "--page", "acme", "--confirmed"], "created", "subscriber email"),
            (
                ["subscribers", "add", webhook, "--page", "acme", "--channel", "webhook", "--name", "Ops"], "created",
                "subscriber webhook"
            ),
            (["subscribers", "import", "list.csv", "--page", "acme"], "imported", "page Acme"),
            (
                ["subscribers", "bounce", "jo@example.com", "--type", "hard", "--detail", "no jo@example.com"],
                "bounced", "subscriber email"
            ),
            (["subscribers", "remove", "jo@example.com", "--page", "acme"], "deleted", "subscriber email"),
            (["pages", "create", "--slug", "made", "--name", "Made"], "created", "page Made"),
            (
                ["incidents", "declare", "--page", "acme", "--name", "Slow", "--message", "We look."], "created",
                "incident Slow"
            ),
            (
                ["incidents", "update", "--latest", "--page", "acme", "--message", "A disk."], "published",
                "incident Slow"
            ),
            (["incidents", "resolve", "--latest", "--page", "acme"], "published", "incident Slow"),
            (
                ["incidents", "declare", "--page", "made", "--name", "Wrong", "--message", "No."], "created",
                "incident Wrong"
            ),
            (["incidents", "delete", "--latest", "--page", "made"], "deleted", "incident Wrong"),
            (Self.scheduling, "created", "maintenance Disks"),
            (["maintenances", "start", "--latest", "--page", "acme"], "published", "maintenance Disks"),
            (["maintenances", "complete", "--latest", "--page", "acme"], "published", "maintenance Disks"),
            (Self.scheduling, "created", "maintenance Disks"),
            (["maintenances", "delete", "--latest", "--page", "acme"], "deleted", "maintenance Disks"),
            (["pages", "archive", "made"], "archived", "page Made"),
            (["pages", "restore", "made"], "restored", "page Made"),
            (["deliveries", "retry", try failedDelivery()], "retried", "delivery manage"),
            (["deliveries", "pause"], "paused", "sending updates to subscribers"),
            (["deliveries", "resume"], "resumed", "sending updates to subscribers"),
        ]
        for (index, (arguments, action, subject)) in commands.enumerated() {
            let run = try await executable.start(arguments).end()
            #expect(run.code == 0, "\(arguments): \(run.errors)")
            let events = try await events()
            #expect(events.count == start.count + index + 1, "\(arguments)")
            let event = try #require(events.first)
            #expect(event.actor.kind == "command_line" && !event.actor.name.isEmpty && event.actor.id == nil)
            #expect(event.action == action, "\(arguments)")
            #expect("\(event.subject.kind) \(event.subject.name)" == subject, "\(arguments)")
        }
        let key = try #require(try await events().last { $0.subject.kind == "api_key" }?.subject.id)
        try await run("keys", "revoke", key)
        let all = try await events()
        #expect(all.first?.action == "revoked")
        for arguments in [
            ["keys", "revoke", key], ["subscribers", "remove", "jo@example.com", "--page", "acme"],
            ["deliveries", "retry", key],
        ] {
            #expect(try await executable.start(arguments).end().code == 1)
        }
        // These change nothing.
        try await run("deliveries", "resume")
        try await run("deliveries", "retry", "--page", "acme", "--since", "2020-01-01T00:00:00Z")
        try await serveOnce()
        #expect(try await events().map(\.id) == all.map(\.id))
        let text = try await run("audit")
        for part in ["@example.com", "hooks.example.com", "Ops", "whsec_", "allclear_"] {
            #expect(!text.contains(part), "\(part)")
        }
    }

    @Test("The list has a line for each change, and can be limited to a page and a time")
    func list() async throws {
        try await serveOnce()
        try configure(name: "Acme \\u001B[1mStatus")
        try await serveOnce()
        let lines = try await run("audit").split(separator: "\n")
        #expect(lines.count == 4)
        let parts = try #require(lines.first).components(separatedBy: "  ")
        #expect(parts.count == 6)
        #expect(parts[1...2] == ["configuration \"configuration\"", "changed"])
        #expect(parts[3].hasPrefix("page ") && parts[3].hasSuffix("\"Acme \\u{1B}[1mStatus\""))
        #expect(parts[4...] == ["acme", "name: \"Acme\" -> \"Acme \\u{1B}[1mStatus\""])
        #expect(try await events("--page", "inside").map(\.subject.name) == ["Inside"])
        #expect(try await events("--since", "2990-01-01T00:00:00Z").isEmpty)
        #expect(try await events("--since", "2020-01-01T00:00:00Z").count == 4)
        let unknown = try await executable.run("audit", "--page", "nowhere")
        #expect(unknown.code == 1 && unknown.errors == "allclear: there is no page \"nowhere\"; use acme, inside\n")
        let wrong = try await executable.run("audit", "--since", "yesterday")
        #expect(wrong.code == 64)
    }
}
