import Foundation
import TestSupport
import Testing

@Suite("Command line", .timeLimit(.patientMinutes(5)))
struct CommandLineTests {
    private let executable: Executable
    private var directory: TemporaryDirectory { executable.directory }

    init() throws { executable = try Executable() }

    @Test("Help and version exit with 0", arguments: ["--help", "--version"])
    func help(flag: String) async throws {
        let run = try await executable.run(flag)
        #expect(run.code == 0)
        #expect(!run.output.isEmpty)
    }

    @Test(
        "Wrong usage exits with 64 and says what is wrong",
        arguments: [
            ["fly"], ["serve", "--fast"], ["serve", "extra"], ["keys", "create"], ["keys", "create", "--name", "n"],
            ["keys", "create", "--role", "status_page_viewer"],
            ["keys", "create", "--name", "n", "--role", "owner"],
            ["keys", "create", "--name", " ", "--role", "status_page_viewer"],
            ["keys", "create", "--name", String(repeating: "n", count: 201), "--role", "status_page_viewer"],
            ["keys", "revoke"], ["check", "--config"], ["backup"], ["backup", "-"], ["backup", ""],
            ["backup", "a", "b"],
            ["health", "--address", "8080"], ["restore"], ["restore", "-"], ["restore", "--force"], ["verify", "-"],
            ["verify", "a", "b"], ["reload"], ["reload", "self"], ["reload", "0"], ["reload", "-1"],
        ])
    func usage(arguments: [String]) async throws {
        let run = try await executable.start(arguments).end()
        #expect(run.code == 64)
        #expect(run.output == "")
        #expect(run.errors.contains("Error: "))
        #expect(try !FileManager.default.contentsOfDirectory(atPath: directory.path).contains("allclear.db"))
    }

    @Test(
        "With an invalid configuration every command prints all problems, exits with 78 and creates no database",
        arguments: [
            ["check"], ["serve"], ["reload", "2147483647"], ["keys", "list"],
            ["keys", "create", "--name", "n", "--role", "manage_settings"],
            ["backup", "copy.db"], ["restore", "copy.db"], ["verify"],
        ])
    func configuration(arguments: [String]) async throws {
        var executable = executable
        executable.environment["ALLCLEAR_LOG_LEVEL"] = "loud"
        try directory.write(#"{"listen":5,"pages":[{"slug":"Main"}],"x":1}"#, to: "config.json")
        let run = try await executable.start(arguments).end()
        #expect(run.code == 78)
        #expect(run.output == "")
        #expect(run.errors.hasPrefix("allclear: config.json: 5 problems\n"))
        for place in ["\n  listen ", "/pages/0/slug", "/pages/0/name", "\n  x ", "\n  ALLCLEAR_LOG_LEVEL "] {
            #expect(run.errors.contains(place), "\(place)")
        }
        #expect(try !FileManager.default.contentsOfDirectory(atPath: directory.path).contains("allclear.db"))
    }

    @Test("A reload says which process it cannot signal")
    func reloadOfNobody() async throws {
        let run = try await executable.run("reload", "2147483647")
        #expect(run.code == 1)
        #expect(run.errors == "allclear: cannot signal process 2147483647: No such process\n")
    }

    @Test("A missing configuration file exits with 78")
    func missingConfiguration() async throws {
        let run = try await executable.run("check", "--config", "none.json")
        #expect(run.code == 78)
        #expect(run.errors == "allclear: none.json: 1 problem\n  the file does not exist\n")
    }

    @Test("check accepts a valid configuration, wherever it comes from")
    func check() async throws {
        let builtIn = try await executable.run("check")
        #expect(builtIn.code == 0)
        #expect(builtIn.output.hasPrefix("the built-in configuration is valid: 1 page\n"))

        try directory.write(#"{"pages":[]}"#, to: "config.json")
        let none = "allclear.db: no changes to pages and items\n"
        #expect(try await executable.run("check").output == "config.json is valid: 0 pages\n\(none)")

        try directory.write(#"{"pages":[{"slug":"a","name":"A"},{"slug":"b","name":"B"}]}"#, to: "other.json")
        var named = executable
        named.environment["ALLCLEAR_CONFIG"] = "other.json"
        let pages = ["a", "b"].map { "  add page \"\($0)\", \"\($0.uppercased())\"\n" }.joined()
        #expect(
            try await named.run("check").output
                == "other.json is valid: 2 pages\nallclear.db, a new database: the configuration would\n\(pages)")
        let run = try await named.run("check", "--config", "config.json")
        #expect(run.output == "config.json is valid: 0 pages\n\(none)")
        let hint = "allclear: mail is not configured, so pages have no form to subscribe, and no emails are sent\n"
        #expect(run.errors == hint)
        try directory.write(
            #"{"pages":[],"mail":{"host":"relay.example","from":"status@acme.example"}}"#, to: "config.json")
        #expect(try await executable.run("check").errors == "")
        #expect(!FileManager.default.fileExists(atPath: directory.file("allclear.db")))
    }

    @Test("An unusable database exits with 1, and is not changed", arguments: [["serve"], ["keys", "list"]])
    func unusableDatabase(arguments: [String]) async throws {
        let text = "This is not a database, but somebody's text.\n"
        let path = try directory.write(text, to: "allclear.db")
        let run = try await executable.start(arguments).end()
        #expect(run.code == 1)
        #expect(run.output == "")
        #expect(run.errors.hasPrefix("allclear: cannot open the database allclear.db: "))
        #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
    }

    @Test("A database in a missing directory exits with 1")
    func noDirectory() async throws {
        var executable = executable
        executable.environment["ALLCLEAR_DATABASE"] = "none/a.db"
        let run = try await executable.run("keys", "list")
        #expect(run.code == 1)
        #expect(run.errors.contains("none/a.db"))
        for command in ["check", "serve"] {
            let run = try await executable.run(command)
            #expect(run.code == 78)
            #expect(run.errors.contains("ALLCLEAR_DATABASE is \"none/a.db\", which cannot be used: "), "\(run.errors)")
        }
    }

    @Test(
        "With log.format json, start-up errors are JSON, too",
        arguments: [
            (#"{"log": {"format": "json"}, "pages": [], "x": 1, "y": 1}"#, nil, 78, 2),
            (#"{"log": {"format": "text"}, "pages": [], "x": 1}"#, "json", 78, 1),
            ("{", "json", 78, 1), (nil, "json", 1, 1), (#"{"log": {"format": "json"}, "pages": []}"#, nil, 1, 1),
        ] as [(String?, String?, Int32, Int)])
    func jsonErrors(text: String?, variable: String?, code: Int32, count: Int) async throws {
        if let text { try directory.write(text, to: "config.json") }
        try directory.write("somebody's text", to: "allclear.db")
        var executable = executable
        executable.environment["ALLCLEAR_LOG_FORMAT"] = variable
        let run = try await executable.run("serve")
        #expect(run.code == code)
        let lines = run.errors.split(separator: "\n")
        #expect(lines.count == count)
        for line in lines {
            let entry = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            #expect(entry?["level"] as? String == "critical", "\(line)")
            #expect(entry?["message"] is String && entry?["time"] is String)
        }
    }
}
