import HTTPServer
import HTTPTypes
import Logging
import ManagementAPI
import Publishing
import TestSupport
import Testing

@testable import allclear

@Suite("The log line of a request")
struct RequestLogTests {
    /// The log line of the last request with this status.
    private func line(_ status: Int, _ server: TestServer) throws -> [String: String] {
        let line = server.log.lines.last { $0.message == "request" && $0.metadata["status"] == "\(status)" }
        return try #require(line).metadata
    }

    @Test("A token in the path or method is not logged", arguments: Transport.allCases)
    func tokens(_ transport: Transport) throws {
        let server = try TestServer(transport)
        defer { server.remove() }
        let token = try AccessToken.generate().text
        #expect(try server.call(.post, "/v1/api_keys/\(token)/actions/rotate", token: nil).status == 401)
        #expect(try line(401, server)["path"] == "/v1/api_keys/allclear_[redacted]/actions/rotate")
        let method = try #require(HTTPRequest.Method(token))
        let answer = try server.call(method, "/%61\(token.dropFirst())", token: nil)
        // The engine rejects unknown methods.
        #expect(answer.status == (transport == .socket ? 501 : 404))
        let line = try #require(server.log.lines.last { $0.metadata["status"] == "\(answer.status)" }).metadata
        #expect(line["method"] == "other")
        #expect(line["path"] == "/allclear_[redacted]")
        #expect(!server.log.lines.contains { "\($0)".contains(token.dropFirst(9)) })
    }

    @Test(
        "A 503 is logged as a warning, a 500 as an error",
        arguments: [(HTTPFault.overloaded(), Logger.Level.warning), (.gone, .info)])
    func levels(fault: HTTPFault, level: Logger.Level) throws {
        let server = try TestServer()
        defer { server.remove() }
        _ = server.application.frontDoor.response(to: fault, of: RefusedRequest())
        #expect(server.log.lines.last?.level == level)
        let log = server.application.frontDoor.log
        for (status, level) in [(503, Logger.Level.warning), (500, .error), (501, .info), (404, .info)] {
            let response = Response(HTTPResponse.Status(code: status))
            log.note(fault, of: RefusedRequest(), response, requestID: "r") { _, _ in nil }
            #expect(server.log.lines.last?.level == level, "\(status)")
        }
    }

    @Test("Requests that the engine rejects are logged with the known facts")
    func refused() throws {
        let server = try TestServer()
        defer { server.remove() }
        let token = try AccessToken.generate().text
        var request = RefusedRequest(
            remoteAddress: "192.0.2.1", method: "PUT", path: "/v2/status_pages/\(token)", seconds: 2)
        let response = server.application.frontDoor.response(to: .gone, of: request)
        let line = try #require(server.log.lines.last)
        #expect(line.message == "request rejected")
        #expect(
            line.metadata["request_id"]
                == TestResponse(status: 404, fields: response.head.headerFields, body: []).field("X-Request-ID"))
        #expect(line.metadata["status"] == "404")
        #expect(line.metadata["remote"] == "192.0.2.1")
        #expect(line.metadata["method"] == "PUT")
        #expect(line.metadata["path"] == "/v2/status_pages/allclear_[redacted]")
        #expect(line.metadata["route"] == "none")
        #expect(line.metadata["duration_us"] == "2000000")
        #expect(line.metadata["bytes"] == "\(response.body.count)")
        request = RefusedRequest(method: "GET", path: "/v2/status_pages/x")
        _ = server.application.frontDoor.response(to: .gone, of: request)
        #expect(server.log.lines.last?.metadata["route"] == "/v2/status_pages/{status_page_id}")
        _ = server.application.frontDoor.response(to: .gone, of: RefusedRequest())
        #expect(
            Set(try #require(server.log.lines.last).metadata.keys) == [
                "request_id", "status", "bytes", "reason", "remote",
            ])
    }

    @Test(
        "The reason for a missing key is logged at debug level, without the token",
        arguments: [
            (nil, "no Authorization field"), ("Basic eDp5", "no bearer token, or not one from allclear"),
            ("Bearer allclear_", "no bearer token, or not one from allclear"),
            ("Bearer {token}", "the token is unknown, was revoked or has expired"),
        ])
    func authentication(_ authorization: String?, _ reason: String) throws {
        let server = try TestServer()
        defer { server.remove() }
        let token = try AccessToken.generate().text
        var fields: HTTPFields = [:]
        fields[.authorization] = authorization?.replacing("{token}", with: token)
        #expect(try server.call(.get, "/v1/identity", token: nil, fields: fields).status == 401)
        let line = try #require(server.log.lines.last { $0.message == "request rejected" })
        #expect(line.level == .debug)
        #expect(line.metadata["reason"] == reason)
        #expect(!server.log.lines.contains { "\($0)".contains(token) })
    }

    @Test("The problems of a body are logged at debug level, by code and position")
    func validation() throws {
        let server = try TestServer()
        defer { server.remove() }
        let token = try AccessToken.generate().text
        let body = #"{"name": 7, "incident_status": "secret-value", "\#(token)": 1}"#
        #expect(try server.publish(.post, "/v2/status_page_incidents", body).status == 422)
        let errors = try #require(server.log.lines.last { $0.message == "request rejected" }?.metadata["errors"])
        #expect(errors.contains("invalid_type /name"))
        #expect(errors.contains("is_required /status_page_id"))
        #expect(!errors.contains("secret-value"))
        #expect(!errors.contains(token))
    }

    @Test("Commits and the steps of a reload are logged at debug level")
    func steps() throws {
        let server = try TestServer()
        defer { server.remove() }
        #expect(try server.publish(.post, "/v2/status_page_incidents", Body.incident()).status == 201)
        let commit = try #require(server.log.lines.last { $0.message == "commit" })
        #expect(commit.metadata["writes"] == "1")
        #expect(commit.metadata["committed"] == "true")
        #expect(server.reload { $0.http.maxConnections -= 1 })
        #expect(server.log.messages(.debug).filter { $0.hasPrefix("reload") }.count == 5)
    }
}
