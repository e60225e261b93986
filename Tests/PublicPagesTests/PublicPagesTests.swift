import HTTPTypes
import Testing

@testable import HTTPServer
@testable import PublicPages
@testable import StatusPages

@Suite("Methods on a widget")
struct PublicPagesTests {
    private static func cache() throws -> DocumentCache {
        let cache = DocumentCache()
        try cache.show(.sample())
        return cache
    }

    @Test("HEAD gets the response of GET; the engine omits the body")
    func head() throws {
        let cache = try Self.cache()
        let get = try WidgetRead().inline(cache)
        #expect(try WidgetRead(method: "HEAD").inline(cache) === get)
        let handled = try #require(try WidgetRead(method: "HEAD").handled(cache).response)
        #expect(handled.head == get?.response.head)
    }

    @Test("OPTIONS allows scripts of any origin to read")
    func preflight() throws {
        let cache = try Self.cache()
        let read = WidgetRead(method: "OPTIONS", fields: "Origin: https://a.example\r\n")
        #expect(try read.inline(cache) == nil)
        let response = try #require(try read.handled(cache).response)
        #expect(response.head.status == .noContent)
        #expect(response.body.isEmpty)
        let fields = response.head.headerFields
        #expect(fields[.accessControlAllowOrigin] == "*")
        #expect(fields[.accessControlAllowMethods] == "GET, HEAD")
        #expect(fields[.accessControlAllowHeaders] == "*")
        #expect(fields[.allow] == "GET, HEAD, OPTIONS")
    }

    @Test(
        "Any other method gets the list of supported ones",
        arguments: ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
    func otherMethods(_ method: String) throws {
        let cache = try Self.cache()
        let read = WidgetRead(method: method)
        #expect(try read.inline(cache) == nil)
        guard case .methodNotAllowed(let allowed) = try read.handled(cache) else {
            Issue.record("allowed or not found")
            return
        }
        #expect(allowed == [.get, .head, .options])
    }

    @Test("A path without a widget is not found by any method", arguments: ["GET", "HEAD", "OPTIONS", "POST"])
    func unknownPath(_ method: String) throws {
        #expect(try WidgetRead(method: method, path: "/nobody/api/v1/summary").handled(try Self.cache()).isNotFound)
    }
}
