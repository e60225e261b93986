import Testing

@testable import HTTPServer

@Suite("A field of all answers")
struct ServerFieldTests {
    @Test(
        "Every answer of the event loop, a handler or the engine has the field while its number is set",
        arguments: [
            "GET /inline HTTP/1.1\r\nHost: a\r\n", "GET /handled HTTP/1.1\r\nHost: a\r\n", "GET / HTTP/1.1\r\n",
        ])
    func field(_ head: String) async throws {
        let field = ServerField("Age-Of-All")
        try await withServer(field: field) { server in
            for number in [nil, 5, 6, nil] as [Int?] {
                field.set(number)
                let client = try server.connect()
                try client.send("\(head)\r\n")
                #expect(try client.answer().fields["age-of-all"] == number.map { "\($0)" })
            }
        }
    }
}
