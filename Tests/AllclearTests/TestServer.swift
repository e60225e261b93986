import Foundation
import HTTPServer
import Testing

/// A running server on its own port, with the directory of an executable.
struct TestServer {
    let running: RunningExecutable
    let client: HTTPClient

    static func start(_ executable: Executable, _ arguments: String...) async throws -> TestServer {
        let running = try executable.start(["serve"] + arguments)
        // Only the log has the port that the system chose.
        let address = try await running.wait { running in
            running.errors.firstMatch(of: /listening.*address"?[=:]"?(127\.0\.0\.1:[0-9]+)/).map { String($0.1) }
        }
        return TestServer(running: running, client: HTTPClient(address: try #require(SocketAddress(address))))
    }

    /// Asks the server to stop, and waits for its end.
    /// - Parameter times: how many times to send the signal, without a pause.
    func stop(by signal: Int32 = SIGTERM, times: Int = 1) async -> Executable.Run {
        for _ in 0..<times { running.send(signal) }
        return await running.end()
    }

    func pageID(token: String) throws -> String {
        let pages = try client.get("/v2/status_pages", token: token).object()["status_pages"] as? [[String: Any]]
        return try #require(pages?.first?["id"] as? String)
    }

    func declare(_ name: String, key: String? = nil, token: String) throws -> HTTPClient.Answer {
        let body = try """
        {"status_page_id":"\(pageID(token: token))","name":"\(name)","incident_status":"investigating",
         "message":"m","idempotency_key":"\(key ?? name)","notify_subscribers":false}
        """
        return try client.post("/v2/status_page_incidents", token: token, body)
    }

    /// The names of all incidents, newest first.
    func incidentNames(token: String) throws -> [String] {
        let path = try "/v2/status_page_incidents?page_size=250&status_page_id=\(pageID(token: token))"
        let incidents = try client.get(path, token: token).object()["status_page_incidents"] as? [[String: Any]]
        return try #require(incidents).compactMap { $0["name"] as? String }
    }
}

extension Executable {
    /// Makes a key with the role that the tests need.
    /// - Returns: the key's token.
    func makeKey(name: String = "test") async throws -> String {
        let run = try await run("keys", "create", "--create", "--name", name, "--role", "status_page_publisher")
        try #require(run.code == 0, "\(run.errors)")
        return run.output.trimmingCharacters(in: .newlines)
    }
}
