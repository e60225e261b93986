import Foundation
import Publishing
import TestSupport
import Testing

@testable import ManagementAPI

@Suite("Keys on the command line", .timeLimit(.patientMinutes(5)))
struct KeysCommandTests {
    private let executable: Executable

    init() throws { executable = try Executable() }

    @Test("Creating a key prints its token and nothing else on standard output")
    func creation() async throws {
        let arguments = ["keys", "create", "--name", "CI", "--role", "status_page_publisher"]
        let refused = try await executable.start(arguments).end()
        #expect(refused.code == 1)
        #expect(refused.errors.contains("the file does not exist; "))
        #expect(!FileManager.default.fileExists(atPath: executable.directory.file("allclear.db")))
        let run = try await executable.start(arguments + ["--create"]).end()
        #expect(run.code == 0)
        let token = run.output.trimmingCharacters(in: .newlines)
        #expect(run.output == token + "\n")
        #expect(AccessToken(token) != nil)
        #expect(run.errors.wholeMatch(of: /Created key [0-9A-Z]{26} in [^ ]*allclear.db, a new database\.\n/) != nil)
        #expect(!run.errors.contains(token))
        let another = try await executable.run("keys", "create", "--name", "CI", "--role", "status_page_publisher")
        #expect(another.errors.wholeMatch(of: /Created key [0-9A-Z]{26} in [^ ]*allclear.db\.\n/) != nil)
    }

    @Test("The list shows ids, times, roles and names, and no secrets")
    func list() async throws {
        let empty = try await executable.run("keys", "list")
        #expect(empty.code == 1)
        #expect(empty.errors.contains("the file does not exist"))
        let first = try await executable.makeKey(name: "First key")
        _ = try await executable.run(
            "keys", "create", "--name", "Ops", "--role", "api_keys_manage", "--role", "manage_settings")
        let run = try await executable.run("keys", "list")
        #expect(run.code == 0)
        #expect(run.errors == "")
        let lines = run.output.split(separator: "\n")
        #expect(lines.count == 2)
        let time = #/[0-9A-Z]{26}  \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z  /#
        #expect(lines.allSatisfy { $0.prefixMatch(of: time) != nil })
        #expect(lines.first?.hasSuffix("  status_page_viewer,status_page_publisher  First key") == true)
        #expect(lines.last?.hasSuffix("  status_page_viewer,manage_settings,api_keys_manage  Ops") == true)
        #expect(!run.output.contains(first))
    }

    @Test("A name cannot look like another line of the list")
    func names() async throws {
        _ = try await executable.makeKey(name: "a\nfake\u{1B}[31m")
        #expect(try await executable.run("keys", "list").output.split(separator: "\n").count == 1)
    }

    @Test("A key is revoked once")
    func revocation() async throws {
        _ = try await executable.makeKey()
        let id = String(try await executable.run("keys", "list").output.prefix(26))
        let run = try await executable.run("keys", "revoke", id)
        #expect(run.code == 0)
        #expect(run.output == "")
        #expect(run.errors == "Revoked key \(id).\n")
        #expect(try await executable.run("keys", "list").output == "")
        let again = try await executable.run("keys", "revoke", id)
        #expect(again.code == 1)
        #expect(again.errors == "allclear: there is no API key \"\(id)\"\n")
    }

    @Test("An unknown key cannot be revoked", arguments: ["01ARZ3NDEKTSV4RRFFQ69G5FAV", "nonsense", ""])
    func unknown(id: String) async throws {
        #expect(try await executable.run("keys", "revoke", id).code == 1)
    }

    @Test("A running server sees keys that another process creates and revokes at once")
    func runningServer() async throws {
        let server = try await TestServer.start(executable)
        let token = try await executable.makeKey(name: "From outside")
        let identity = try server.client.get("/v1/identity", token: token)
        #expect(identity.status == 200)
        #expect(identity.body.contains(#""name":"From outside""#))
        let staying = try await executable.makeKey(name: "Staying")
        // The server writes in between, so both keys are in its cache.
        for token in [token, staying] { #expect(try server.declare("\(token.suffix(6))", token: token).status == 201) }

        let id = String(try await executable.run("keys", "list").output.prefix(26))
        #expect(try await executable.run("keys", "revoke", id).code == 0)
        #expect(try server.declare("Another", token: staying).status == 201)
        let refused = try server.client.get("/v1/identity", token: token)
        #expect(refused.status == 401)
        #expect(refused.body.contains("access_token_invalid"))
        #expect(await server.stop().code == 0)
    }
}
