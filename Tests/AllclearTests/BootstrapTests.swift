import Foundation
import TestSupport
import Testing

@Suite("The bootstrap token")
struct BootstrapTests {
    private static func generate() async throws -> String {
        let run = try await Executable().run("keys", "generate")
        #expect(run.code == 0)
        return run.output.trimmingCharacters(in: .newlines)
    }

    @Test(
        "A new database gets a key with the token and every role, and the token is not logged",
        arguments: [true, false])
    func made(_ isInFile: Bool) async throws {
        let token = try await Self.generate()
        var executable = try Executable()
        if isInFile {
            let path = executable.directory.file("token")
            // With a byte order mark and CRLF, as Windows editors write it.
            try ("\u{FEFF}" + token + "\r\n").write(toFile: path, atomically: true, encoding: .utf8)
            executable.environment["ALLCLEAR_BOOTSTRAP_TOKEN_FILE"] = path
        } else {
            executable.environment["ALLCLEAR_BOOTSTRAP_TOKEN"] = token
        }
        for start in 0..<2 {
            let server = try await TestServer.start(executable)
            #expect(try server.declare("incident \(start)", token: token).status == 201)
            let run = await server.stop()
            #expect(run.code == 0)
            #expect(!run.errors.contains(token))
            #expect(run.errors.contains("created the first key") == (start == 0))
            #expect(!run.errors.contains("ignored"))
        }
        let keys = try await executable.run("keys", "list")
        #expect(keys.output.split(separator: "\n").count == 1)
    }

    @Test("If there is or was a key already, the token is ignored, and the log says so", arguments: [false, true])
    func ignored(_ isRevoked: Bool) async throws {
        var executable = try Executable()
        _ = try await executable.makeKey()
        if isRevoked {
            let id = String(try await executable.run("keys", "list").output.prefix(26))
            #expect(try await executable.run("keys", "revoke", id).code == 0)
        }
        let token = try await Self.generate()
        executable.environment["ALLCLEAR_BOOTSTRAP_TOKEN"] = token
        let server = try await TestServer.start(executable)
        #expect(try server.client.get("/v1/identity", token: token).status == 401)
        let run = await server.stop()
        #expect(run.code == 0)
        #expect(run.errors.contains("is ignored: the database already has or had API keys"))
    }

    @Test("A restart does not restore a revoked key")
    func revoked() async throws {
        let token = try await Self.generate()
        var executable = try Executable()
        executable.environment["ALLCLEAR_BOOTSTRAP_TOKEN"] = token
        let first = try await TestServer.start(executable)
        #expect(try first.client.get("/v1/identity", token: token).status == 200)
        let id = String(try await executable.run("keys", "list").output.prefix(26))
        #expect(try await executable.run("keys", "revoke", id).code == 0)
        #expect(await first.stop().code == 0)
        let second = try await TestServer.start(executable)
        #expect(try second.client.get("/v1/identity", token: token).status == 401)
        #expect(await second.stop().code == 0)
    }

    @Test("Once there is a key, no reload, restart or command needs the token file")
    func fileThatIsGone() async throws {
        var executable = try Executable()
        let path = executable.directory.file("token")
        try (try await Self.generate()).write(toFile: path, atomically: true, encoding: .utf8)
        executable.environment["ALLCLEAR_BOOTSTRAP_TOKEN_FILE"] = path
        let server = try await TestServer.start(executable)
        try FileManager.default.removeItem(atPath: path)
        server.running.send(SIGHUP)
        try await server.running.wait { $0.errors.contains("configuration applied") ? true : nil }
        for arguments in [["keys", "list"], ["backup", "copy.db"], ["verify"], ["check"]] {
            #expect(try await executable.start(arguments).end().code == 0, "\(arguments)")
        }
        var health = executable
        health.environment["ALLCLEAR_LISTEN"] = "\(server.client.address)"
        #expect(try await health.run("health").code == 0)
        #expect(await server.stop().code == 0)
        let run = await (try await TestServer.start(executable)).stop()
        #expect(run.code == 0)
        #expect(!run.errors.contains("ignored"))
    }

    @Test(
        "An invalid token is a configuration error, and is not printed",
        arguments: [
            (["ALLCLEAR_BOOTSTRAP_TOKEN": "secret"], "ALLCLEAR_BOOTSTRAP_TOKEN is not a token"),
            (
                ["ALLCLEAR_BOOTSTRAP_TOKEN_FILE": "/nowhere/secret"],
                "ALLCLEAR_BOOTSTRAP_TOKEN_FILE is \"/nowhere/secret\", which cannot be read: No such file or directory"
            ),
            (
                ["ALLCLEAR_BOOTSTRAP_TOKEN_FILE": "/dev/null", "ALLCLEAR_BOOTSTRAP_TOKEN": "secret"],
                "ALLCLEAR_BOOTSTRAP_TOKEN_FILE must not be set together with ALLCLEAR_BOOTSTRAP_TOKEN"
            ),
        ] as [([String: String], String)])
    func refused(_ environment: [String: String], _ message: String) async throws {
        var executable = try Executable()
        executable.environment.merge(environment) { $1 }
        let run = try await executable.run("serve")
        #expect(run.code == 78)
        #expect(run.errors.contains(message), "\(run.errors)")
        #expect(!run.errors.contains("\"secret\"") && !run.errors.contains(" secret"))
        let files = try FileManager.default.contentsOfDirectory(atPath: executable.directory.path)
        #expect(!files.contains("allclear.db"), "nothing is made")
    }

    @Test("An invalid token leaves the pages of a database without a key unchanged")
    func refusedWithPages() async throws {
        var executable = try Executable()
        func declare(_ name: String) throws {
            try executable.directory.write(#"{"pages": [{"slug": "main", "name": "\#(name)"}]}"#, to: "config.json")
        }
        try declare("Before")
        #expect(await (try await TestServer.start(executable)).stop().code == 0)
        try declare("After")
        executable.environment["ALLCLEAR_BOOTSTRAP_TOKEN"] = "secret"
        #expect(try await executable.run("serve").code == 78)
        executable.environment["ALLCLEAR_BOOTSTRAP_TOKEN"] = nil
        try FileManager.default.removeItem(atPath: executable.directory.file("config.json"))
        let server = try await TestServer.start(executable)
        #expect(try server.client.get("/main/api/v1/summary").body.contains("\"Before\""))
        #expect(await server.stop().code == 0)
    }
}
