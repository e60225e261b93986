import HTTPTypes
import StatusPages
import Testing

@testable import allclear

@Suite("Security header fields")
struct SecurityFieldTests {
    @Test(
        "Every response has the security fields, and none names the server",
        arguments: [
            ("GET", "/v2/status_pages", true), ("GET", "/v2/nothing", true), ("GET", "/v1/openapiV3.json", true),
            ("POST", "/v2/status_page_incidents", true), ("GET", "/acme/api/v1/summary", false),
            ("HEAD", "/acme/api/v1/summary", false), ("GET", "/acme/api/v1/nothing", true), ("TRACE", "/", true),
            ("GET", "/\(String(repeating: "x", count: 9_000))", true),
        ])
    func answers(_ method: String, _ path: String, _ isForPrograms: Bool) throws {
        let server = try TestServer(.socket)
        defer { server.remove() }
        let answer = try server.call(
            try #require(HTTPRequest.Method(method)), path, token: try server.token(.statusPageViewer))
        #expect(answer.field("X-Content-Type-Options") == "nosniff")
        let policy = answer.field("Content-Security-Policy")
        #expect(policy == (isForPrograms ? "default-src 'none'; frame-ancestors 'none'" : nil))
        #expect(answer.field("Server") == nil)
        #expect(answer.field("X-Powered-By") == nil)
    }
}
