import HTTPServer
import HTTPTypes
import JSONInput
import ManagementAPI
import StatusPages
import Testing

@testable import allclear

@Suite struct RateLimitTests {
    /// A server with limits of `perMinute` requests and `burst` backfill requests at once, for each key.
    private func server(
        _ transport: Transport = .inProcess, perMinute: Int, burst: Int = 300
    ) throws -> TestServer {
        try TestServer(transport) { configuration in
            configuration.rateLimits.requestsPerMinute = perMinute
            configuration.rateLimits.backfillPerSecond = 1
            configuration.rateLimits.backfillBurst = burst
        }
    }

    private func fields(_ response: TestResponse) -> [String?] {
        ["Limit", "Remaining", "Used"].map { response.field("X-RateLimit-\($0)") }
    }

    @Test("A key over its limit gets 429 and the time to retry", arguments: Transport.allCases)
    func refusal(transport: Transport) throws {
        let server = try server(transport, perMinute: 2)
        defer { server.remove() }
        let key = try server.makeKey(.statusPageViewer)
        #expect(fields(try server.call(.get, "/v1/identity", token: key.token)) == ["2, 2;window=60", "1", "1"])
        #expect(try server.call(.get, "/v1/identity", token: key.token).status == 200)
        // The rate limit comes before all other checks of the request.
        for path in ["/v1/identity", "/v2/nothing", "/v1/api_keys"] {
            let refused = try server.call(.patch, path, token: key.token, body: "no JSON")
            #expect(refused.status == 429)
            #expect(refused.string("/type") == "too_many_requests")
            #expect(refused.errors == ["too_many_requests"])
            #expect(fields(refused) == ["2, 2;window=60", "0", "2"])
            #expect(refused.string("/rate_limit/name") == "api_key")
            #expect(refused.json("/rate_limit/limit") == .integer(2))
            #expect(refused.json("/rate_limit/remaining") == .integer(0))
            #expect(refused.string("/rate_limit/retry_after").flatMap(Timestamp.init(rfc3339:)) != nil)
            let wait = try #require(refused.fields[.retryAfter].flatMap { Int($0) })
            #expect((1...30).contains(wait))
            let reset = try #require(refused.field("X-RateLimit-Reset").flatMap { Int64($0) })
            // In whole seconds, rounded up.
            #expect((0...61_000).contains(reset * 1_000 - Clock.now().milliseconds))
        }
        // Other keys are not affected, and a request without a valid key gets no limit fields.
        #expect(try server.get("/v1/identity").status == 200)
        let stranger = try server.call(.get, "/v1/identity", token: "nobody")
        #expect(stranger.status == 401)
        #expect(fields(stranger) == [nil, nil, nil])
    }

    @Test("Every response to a key has its limits", arguments: Transport.allCases)
    func everyAnswer(transport: Transport) throws {
        let server = try server(transport, perMinute: 1_200)
        defer { server.remove() }
        let token = try server.token(.statusPagePublisher)
        let calls: [(HTTPRequest.Method, String, status: Int)] = [
            (.get, "/v1/identity", 200), (.head, "/v1/identity", 200), (.get, "/v2/nothing", 404),
            (.delete, "/v1/identity", 405), (.get, "/v1/api_keys", 403),
            (.post, "/v2/status_page_incidents", 400),
        ]
        for (index, (method, path, status)) in calls.enumerated() {
            let response = try server.call(method, path, token: token)
            #expect(response.status == status)
            #expect(response.field("X-RateLimit-Limit") == "1200, 1200;window=60")
            let remaining = try #require(response.field("X-RateLimit-Remaining").flatMap { Int($0) })
            // The bucket refills a little while the test runs.
            #expect((1_200 - index - 1...1_199).contains(remaining))
        }
    }

    @Test(
        "Retrospective incidents have their own limit, which does not affect other requests",
        arguments: Transport.allCases)
    func backfill(transport: Transport) throws {
        let server = try server(transport, perMinute: 0, burst: 2)
        defer { server.remove() }
        let path = "/v2/status_page_retrospective_incidents"
        let answers = try (0..<40).map { _ in try server.publish(.post, path, "{}") }
        #expect(answers.first.map(fields) == ["2, 2;window=2", "1", "1"])
        let refused = try #require(answers.first { $0.status == 429 })
        #expect(refused.string("/rate_limit/name") == "retrospective_incidents")
        #expect(refused.json("/rate_limit/limit") == .integer(2))
        #expect(refused.fields[.retryAfter] == "1")
        let other = try server.publish(.post, "/v2/status_page_incidents", "{}")
        #expect(other.status == 422)
        #expect(fields(other) == [nil, nil, nil])
        #expect(try server.publish(.put, path, "{}").field("X-RateLimit-Limit") == nil)
    }
}
