import Foundation
import HTTPServer
import TestSupport
import Testing

@testable import allclear

@Suite("The health command", .timeLimit(.patientMinutes(5)))
struct HealthCommandTests {
    @Test("A running server is healthy, a stopped one is not", arguments: [false, true])
    func health(_ isTold: Bool) async throws {
        var executable = try Executable()
        let server = try await TestServer.start(executable)
        let address = "\(server.client.address)"
        if !isTold { executable.environment["ALLCLEAR_LISTEN"] = address }
        let arguments = ["health"] + (isTold ? ["--address", address] : [])
        let run = try await executable.start(arguments).end()
        #expect(run.code == 0)
        #expect(run.output == "{\"status\":\"ready\"}\n")
        #expect(await server.stop().code == 0)
        let gone = try await executable.start(arguments).end()
        #expect(gone.code == 1)
        #expect(gone.errors.hasPrefix("allclear: cannot reach \(address): "))
    }

    @Test(
        "Configuration problems do not make a server unhealthy",
        arguments: [
            #"{"pages": [{"slug": "X"}], "lisen": 1, "monitoring": {"listen": "ADDRESS"}}"#,
            #"{"listen": ["ADDRESS", "b"], "database": 5}"#, #"{"listen": "ADDRESS", "pages": 1}"#,
        ])
    func problems(_ text: String) async throws {
        let executable = try Executable()
        let server = try await TestServer.start(executable)
        let address = "\(server.client.address)"
        try executable.directory.write(text.replacingOccurrences(of: "ADDRESS", with: address), to: "config.json")
        #expect(try await executable.run("check").code == 78)
        #expect(try await executable.run("health").code == 0)
        #expect(await server.stop().code == 0)
        let gone = try await executable.run("health")
        #expect(gone.code == 1)
        #expect(gone.errors.contains("the configuration has problems; run `allclear check`, or give --address"))
    }

    @Test("Without a readable file, the address comes from the environment or the option", arguments: ["{", nil])
    func unreadable(_ text: String?) async throws {
        var executable = try Executable()
        let server = try await TestServer.start(executable)
        let address = "\(server.client.address)"
        if let text { try executable.directory.write(text, to: "config.json") }
        executable.environment["ALLCLEAR_CONFIG"] = "config.json"
        #expect(try await executable.run("health", "--address", address).code == 0)
        executable.environment["ALLCLEAR_LISTEN"] = address
        #expect(try await executable.run("health").code == 0)
        #expect(await server.stop().code == 0)
    }

    @Test("The error for a timeout says how long it waited")
    func timeOut() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(listener, pointer, length) + listen(listener, 1) + getsockname(listener, pointer, &length)
            }
        }
        try #require(status == 0)
        let address = SocketAddress(host: "127.0.0.1", port: UInt16(bigEndian: name.sin_port))
        let failure = #expect(throws: HealthProbe.Failure.self) {
            try HealthProbe(address: address, patience: 1).ask()
        }
        #expect(failure?.description == "no response from \(address): timed out after 1 s")
    }
}
