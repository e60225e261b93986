import Dispatch
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite("SIGHUP", .timeLimit(.patientMinutes(5)))
struct ReloadTests {
    private let executable: Executable
    private var directory: TemporaryDirectory { executable.directory }

    init() throws { executable = try Executable() }

    /// Reads a widget repeatedly from several threads until `end`.
    private final class Load: Sendable {
        private let reads = Atomic(0)
        private let failures = Atomic(0)
        private let isOver = Atomic(false)
        private let threads = DispatchGroup()

        init(_ client: HTTPClient, _ path: String) {
            for number in 0..<2 {
                DispatchQueue(label: "load.\(number)").async(group: threads) { [self] in
                    while !isOver.load(ordering: .relaxed) {
                        if (try? client.get(path).status) == 200 {
                            reads.add(1, ordering: .relaxed)
                        } else {
                            failures.add(1, ordering: .relaxed)
                        }
                        // Leave processor time to other tests.
                        usleep(2_000)
                    }
                }
            }
        }

        var readCount: Int { reads.load(ordering: .relaxed) }

        /// Ends the load.
        /// - Returns: the number of failed reads.
        func end() -> Int {
            isOver.store(true, ordering: .relaxed)
            threads.wait()
            return failures.load(ordering: .relaxed)
        }
    }

    private func write(_ name: String, _ members: String = "") throws {
        try directory.write(
            #"{"pages": [{"slug": "main", "name": "\#(name)"}]\#(members.isEmpty ? "" : ", " + members)}"#,
            to: "config.json")
    }

    /// Sends SIGHUP, and waits until the log contains `said` once more.
    private func reload(_ server: TestServer, _ said: String = "configuration applied") async throws {
        let before = server.running.errors.components(separatedBy: said).count
        server.running.send(SIGHUP)
        try await server.running.wait { $0.errors.components(separatedBy: said).count > before ? true : nil }
    }

    @Test("Ten reloads under load: no read fails, and every read after a reload sees it")
    func underLoad() async throws {
        try write("Before")
        let server = try await TestServer.start(executable)
        let load = Load(server.client, "/main/api/v1/summary")
        for number in 1...10 {
            let before = load.readCount
            let limits = #""http": {"max_fields": \#(90 + number)}, "live": {"max_waiting": \#(number)}"#
            try write("Name \(number)", limits)
            try await reload(server)
            #expect(try server.client.get("/main/api/v1/summary").body.contains("\"Name \(number)\""))
            // Wait for more reads during this round.
            try await server.running.wait { _ in load.readCount > before + 10 ? true : nil }
        }
        #expect(load.end() == 0)
        let run = await server.stop()
        #expect(run.code == 0)
        #expect(!run.errors.contains("ERROR"))
        #expect(!run.errors.contains("WARNING"))
    }

    @Test("After several signals at once the last file contents apply")
    func manyAtOnce() async throws {
        try write("Before")
        let server = try await TestServer.start(executable)
        for number in 1...20 {
            try write("Name \(number)")
            server.running.send(SIGHUP)
        }
        for _ in 0..<1_000 {
            if try server.client.get("/main/api/v1/summary").body.contains("\"Name 20\"") { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(try server.client.get("/main/api/v1/summary").body.contains("\"Name 20\""))
        #expect(await server.stop().code == 0)
    }

    @Test("All problems of an invalid file are reported, and a missing file does not reset the configuration")
    func problems() async throws {
        try write("Before")
        let server = try await TestServer.start(executable)
        try directory.write(#"{"pages": [{"slug": "X"}], "lisen": 1}"#, to: "config.json")
        try await reload(server, "lisen is not a known key")
        let errors = server.running.errors
        for problem in ["/pages/0/slug", "/pages/0/name", "lisen is"] { #expect(errors.contains(problem)) }
        let metric = "allclear_config_last_reload_successful"
        #expect(try server.client.get("/metrics").body.contains("\n\(metric) 0\n"))
        try FileManager.default.removeItem(atPath: directory.file("config.json"))
        try await reload(server, "the file does not exist")
        #expect(try server.client.get("/main/api/v1/summary").body.contains("\"Before\""))
        try write("After", #""database": "other.db", "log": {"level": "debug"}"#)
        try await reload(server)
        #expect(try server.client.get("/metrics").body.contains("\n\(metric) 1\n"))
        #expect(server.running.errors.contains("a change of database needs a restart"))
        #expect(try server.client.get("/main/api/v1/summary").body.contains("\"After\""))
        // The new log level is in effect: a line at debug level appears.
        #expect(try server.client.get("/healthz").status == 200)
        try await server.running.wait { $0.errors.contains("path=/healthz") ? true : nil }
        #expect(await server.stop().code == 0)
    }

    @Test("`configuration applied` is logged at any log level", arguments: ["warning", "critical"])
    func levels(level: String) async throws {
        try write("Before")
        let server = try await TestServer.start(executable)
        for name in ["One", "Two"] {
            try write(name, #""log": {"level": "\#(level)"}"#)
            try await reload(server)
            #expect(try server.client.get("/main/api/v1/summary").body.contains("\"\(name)\""))
        }
        #expect(await server.stop().code == 0)
    }

    @Test("Without a file the pages do not change")
    func withoutFile() async throws {
        let server = try await TestServer.start(executable)
        try await reload(server)
        #expect(try server.client.get("/demo/api/v1/summary").status == 200)
        #expect(await server.stop().code == 0)
    }
}
