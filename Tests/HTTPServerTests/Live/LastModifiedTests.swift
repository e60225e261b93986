import HTTPTypes
import Testing

@testable import HTTPServer

@Suite("Dates of a response")
struct LastModifiedTests {
    /// Sends the number in the path as Last-Modified, in seconds since the Unix epoch.
    private final class DatedResponder: InlineResponder {
        func respond(to request: RequestView) -> InlineAnswer? {
            let response = Self.response(request.path.string)
            return request.query.count == 0 ? .response(PreparedResponse(response)) : nil
        }

        static func response(_ path: String) -> Response {
            let seconds = path.split(separator: "/").first.flatMap { Int($0) } ?? 0
            let length = path.hasSuffix("/long") ? 20_000 : 5
            return Response(
                .ok, fields: [.eTag: "\"a\"", .lastModified: HTTPDate.format(seconds), .vary: "Accept-Encoding"],
                body: [UInt8](repeating: UInt8(ascii: "x"), count: length))
        }
    }

    private func answers(to path: String, isHEAD: Bool) async throws -> [TestAnswer] {
        var answers: [TestAnswer] = []
        let handler = ClosureHandler { request, respond in respond(DatedResponder.response(String(request.path))) }
        try await withServer(handler: handler, inline: DatedResponder.init) { server in
            let client = try server.connect()
            let method = isHEAD ? "HEAD" : "GET"
            // Answered by the event loop, and by the handler.
            for target in [path, "\(path)?", path] {
                try client.send("\(method) \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
                answers.append(try client.answer(isHEAD: isHEAD))
            }
        }
        return answers
    }

    @Test(
        "RFC 9110 §8.8.2.1: Last-Modified is never later than Date, and nothing else changes",
        arguments: ["/4102444800", "/4102444800/long"], [false, true])
    func future(path: String, isHEAD: Bool) async throws {
        for answer in try await answers(to: path, isHEAD: isHEAD) {
            #expect(answer.fields["date"].flatMap { HTTPDate.parse($0) } != nil)
            #expect(answer.fields["last-modified"] == answer.fields["date"])
            #expect(answer.fields["etag"] == "\"a\"")
            #expect(answer.fields["vary"] == "Accept-Encoding")
            #expect(answer.text.utf8.count == (isHEAD ? 0 : path.hasSuffix("/long") ? 20_000 : 5))
        }
    }

    @Test("An earlier Last-Modified is sent unchanged", arguments: ["/784111777", "/784111777/long"])
    func past(path: String) async throws {
        for answer in try await answers(to: path, isHEAD: false) {
            #expect(answer.fields["last-modified"] == "Sun, 06 Nov 1994 08:49:37 GMT")
        }
    }
}
