import HTTPTypes
import Logging
import ManagementAPI
import Testing

@testable import allclear

@Suite("The line of a request in the log")
struct RequestLogTests {
    /// What was logged last of a request with that status.
    private func line(_ status: Int, _ server: TestServer) throws -> [String: String] {
        let line = server.log.lines.last { $0.message == "request" && $0.metadata["status"] == "\(status)" }
        return try #require(line).metadata
    }

    @Test("A token in the path or for a method is not logged", arguments: Transport.allCases)
    func tokens(_ transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let token = try AccessToken.generate().text
        #expect(try server.call(.post, "/v1/api_keys/\(token)/actions/rotate", token: nil).status == 401)
        #expect(try line(401, server)["path"] == "/v1/api_keys/allclear_[redacted]/actions/rotate")
        let method = try #require(HTTPRequest.Method(token))
        #expect(try server.call(method, "/%61\(token.dropFirst())", token: nil).status == 404)
        let line = try self.line(404, server)
        #expect(line["method"] == "other")
        #expect(line["path"] == "/allclear_[redacted]")
        #expect(!server.log.lines.contains { "\($0)".contains(token.dropFirst(9)) })
    }
}
