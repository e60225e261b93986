import Foundation
import HTTPServer
import TestSupport
import Testing

@Suite("Serving", .timeLimit(.patientMinutes(5)))
struct ServeTests {
    private let executable: Executable
    private var directory: TemporaryDirectory { executable.directory }

    init() throws { executable = try Executable() }

    @Test("SIGTERM and SIGINT stop the server gracefully", arguments: [SIGTERM, SIGINT])
    func signals(signal: Int32) async throws {
        let server = try await TestServer.start(executable)
        #expect(try server.client.get("/demo/api/v1/summary").status == 200)
        let run = await server.stop(by: signal)
        #expect(run.code == 0)
        #expect(run.output == "")
        #expect(run.errors.contains("stopping"))
        #expect(run.errors.contains("stopped"))
        // No -wal and -shm files are left: the stop wrote the WAL into the database file.
        let files = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        #expect(files.filter { $0.hasPrefix("allclear.db") } == ["allclear.db"])
    }

    @Test("Repeated signals stop the server gracefully, too")
    func repeatedSignal() async throws {
        let server = try await TestServer.start(executable)
        let run = await server.stop(times: 20)
        #expect(run.code == 0)
        #expect(run.errors.contains("stopped"))
    }

    @Test("Acknowledged writes survive kill -9, and ids and replays survive the restart")
    func kill() async throws {
        let token = try await executable.makeKey()
        let server = try await TestServer.start(executable)
        let page = try server.pageID(token: token)
        var answers: [String] = []
        for number in 1...5 {
            let answer = try server.declare("Incident \(number)", token: token)
            #expect(answer.status == 201)
            answers.append(answer.body)
        }
        #expect(await server.stop(by: SIGKILL).code == nil)

        let again = try await TestServer.start(executable)
        #expect(try again.pageID(token: token) == page)
        #expect(try again.incidentNames(token: token) == (1...5).reversed().map { "Incident \($0)" })
        #expect(try again.client.get("/demo/api/v1/summary").body.contains("Incident 5"))
        for number in 1...5 {
            let replay = try again.declare("Incident \(number)", token: token)
            #expect(replay.status == 201)
            #expect(replay.fields["idempotent-replayed"] == "true")
            #expect(replay.body == answers[number - 1])
        }
        #expect(try again.incidentNames(token: token).count == 5)
        #expect(await again.stop().code == 0)
    }

    @Test("A restart keeps ids and replays, whatever the new body is")
    func restart() async throws {
        try directory.write(
            """
            {"pages": [{"slug": "main", "name": "Main", "structure": [
              {"group": {"key": "g", "name": "G", "components": [{"key": "api", "name": "API"}]}},
              {"sub_page": {"key": "eu", "name": "EU"}}]}]}
            """, to: "config.json")
        let token = try await executable.makeKey()
        let first = try await TestServer.start(executable)
        let path = "/v2/status_page_structures/\(try first.pageID(token: token))"
        let structure = try first.client.get(path, token: token)
        #expect(structure.status == 200)
        let made = try first.declare("First", key: "once", token: token)
        #expect(await first.stop().code == 0)

        let second = try await TestServer.start(executable)
        #expect(try second.client.get(path, token: token).body == structure.body)
        let replay = try second.declare("Second", key: "once", token: token)
        #expect(replay.body == made.body)
        #expect(replay.fields["idempotent-replayed"] == "true")
        #expect(try second.incidentNames(token: token) == ["First"])
        #expect(await second.stop().code == 0)
    }

    @Test("The log reports variables that override the file")
    func overrides() async throws {
        try directory.write(#"{"pages": [], "listen": "127.0.0.1:1"}"#, to: "config.json")
        let run = await (try await TestServer.start(executable)).stop()
        #expect(run.code == 0)
        #expect(run.errors.contains("ALLCLEAR_LISTEN overrides listen in the configuration file"))
    }

    @Test("An address in use is reported and exits with 1")
    func addressInUse() async throws {
        let server = try await TestServer.start(executable)
        var other = try Executable()
        other.environment["ALLCLEAR_LISTEN"] = "\(server.client.address)"
        let run = try await other.run("serve")
        #expect(run.code == 1)
        #expect(run.output == "")
        #expect(
            run.errors.contains("allclear: cannot listen on \(server.client.address): Address already in use; stop "))
        #expect(run.errors.contains("--take-over"))
        #expect(try server.client.get("/demo/api/v1/summary").status == 200)
        #expect(await server.stop().code == 0)
    }

    @Test("The first key is printed only the first time, and works")
    func firstKey() async throws {
        let first = try await TestServer.start(executable, "--first-key")
        let token = try await first.running.wait { running in
            running.output.firstMatch(of: #/Key +(allclear_[0-9A-Za-z]{38}) /#).map { String($0.1) }
        }
        #expect(first.running.output.contains("Allclear is up at http://\(first.client.address)\n"))
        #expect(try first.declare("Hello", token: token).status == 201)
        let firstRun = await first.stop()
        #expect(firstRun.code == 0)
        #expect(!firstRun.errors.contains(token))

        let second = try await TestServer.start(executable, "--first-key")
        let shown = try await second.running.wait { $0.output.contains("Read the widget") ? $0.output : nil }
        #expect(!shown.contains("allclear_"))
        #expect(try second.client.get("/v1/identity", token: token).status == 200)
        #expect(await second.stop().code == 0)
        #expect(try await executable.run("keys", "list").output.split(separator: "\n").count == 1)
    }

    @Test("Without the flag no key is created")
    func noFirstKey() async throws {
        let server = try await TestServer.start(executable)
        #expect(await server.stop().output == "")
        #expect(try await executable.run("keys", "list").output == "")
    }

    @Test("The JSON log has one object a line, and every request with its id")
    func jsonLog() async throws {
        var executable = executable
        executable.environment["ALLCLEAR_LOG_FORMAT"] = "json"
        let server = try await TestServer.start(executable)
        let answer = try server.client.get("/v1/identity", token: "se\"cret")
        #expect(answer.status == 401)
        let requestID = try #require(answer.fields["x-request-id"])
        #expect(try answer.object()["request_id"] as? String == requestID)
        let run = await server.stop()
        let lines = try run.errors.split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        #expect(lines.allSatisfy { $0["time"] is String && $0["level"] is String && $0["message"] is String })
        let request = try #require(lines.first { $0["request_id"] as? String == requestID })
        #expect(request["status"] as? Int == 401)
        #expect(request["path"] as? String == "/v1/identity")
        #expect(!run.errors.contains("cret"))
    }

    @Test("The log reports the monitoring listener and failed probes")
    func monitoring() async throws {
        try directory.write(#"{"pages": [], "monitoring": {"listen": "127.0.0.1:0"}}"#, to: "config.json")
        let server = try await TestServer.start(executable)
        let address = try await server.running.wait { running in
            running.errors.firstMatch(of: /listening .* monitoring=(127\.0\.0\.1:[1-9][0-9]*)/).map { String($0.1) }
        }
        let client = HTTPClient(address: try #require(SocketAddress(address)))
        #expect(try client.get("/readyz").status == 200)
        let answer = try client.get("/nothing")
        #expect(answer.status == 404)
        let requestID = try #require(answer.fields["x-request-id"])
        let run = await server.stop()
        #expect(run.errors.contains("request_id=\(requestID)"))
        #expect(!run.errors.contains("path=/readyz"))
    }

    @Test("A page that is no longer declared is not served, and returns with its id and incidents")
    func pageReturns() async throws {
        func serve(_ slugs: [String]) async throws -> TestServer {
            let pages = slugs.map { #"{"slug":"\#($0)","name":"\#($0)"}"# }.joined(separator: ",")
            try directory.write("{\"pages\":[\(pages)]}", to: "config.json")
            return try await TestServer.start(executable)
        }
        let token = try await executable.makeKey()
        let first = try await serve(["one", "two"])
        let page = try first.pageID(token: token)
        #expect(try first.declare("Kept", token: token).status == 201)
        _ = await first.stop()

        try directory.write(#"{"pages":[{"slug":"two","name":"two"}]}"#, to: "config.json")
        for arguments in [["check"], ["serve"]] {
            let refused = try await executable.start(arguments).end()
            #expect(refused.code == 78)
            #expect(refused.errors.contains(#"pages would archive page "one", which has 1 ongoing incident; "#))
        }
        let preview = try await executable.run("check", "--allow-archiving")
        #expect(preview.code == 0)
        #expect(preview.output.hasSuffix("\n  archive page \"one\", \"one\": 1 ongoing incident\n"))
        let without = try await TestServer.start(executable, "--allow-archiving")
        #expect(try without.client.get("/v2/status_pages/\(page)", token: token).status == 404)
        #expect(try without.client.get("/one/api/v1/summary").status == 404)
        _ = await without.stop()

        let again = try await serve(["two", "one"])
        #expect(try again.pageID(token: token) == page)
        #expect(try again.incidentNames(token: token) == ["Kept"])
        #expect(try again.client.get("/one/api/v1/summary").body.contains("Kept"))
        #expect(await again.stop().code == 0)
    }
}
