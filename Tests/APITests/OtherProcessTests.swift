import StatusPages
import TestSupport
import Testing

@testable import allclear

/// Two servers on one database, as in a handover. Neither knows of the other.
@Suite(.timeLimit(.patientMinutes(2))) struct OtherProcessTests {
    /// Reads until the answer is as expected, then returns it. If it never is, returns the last answer.
    private func read(
        _ read: () throws -> TestResponse, until isExpected: (TestResponse) -> Bool
    ) async throws -> TestResponse {
        for _ in 0..<1_200 {
            let response = try read()
            if isExpected(response) { return response }
            try await Task.sleep(for: .milliseconds(50))
        }
        return try read()
    }

    @Test("Another server's writes appear on this server's widget, and can be updated here")
    func incidents() async throws {
        let directory = try TemporaryDirectory()
        let first = try TestServer(.socket, directory: directory)
        defer { first.remove() }
        let second = try TestServer(.socket, directory: directory)
        defer { second.remove() }
        let id = try second.declare(key: "a", Body.components(["Login": "full_outage"]))
        let shown = try await read({ try first.widget() }, until: { $0.count("/ongoing_incidents") == 1 })
        #expect(shown.string("/ongoing_incidents/0/id") == id)
        #expect(shown.string("/ongoing_incidents/0/current_worst_impact") == "full_outage")

        try first.update(id, #""incident_status": "resolved""#)
        #expect(try first.widget().count("/ongoing_incidents") == 0)
        let gone = try await read({ try second.widget() }, until: { $0.count("/ongoing_incidents") == 0 })
        #expect(gone.count("/ongoing_incidents") == 0)
    }

    @Test("Changes of pages by another server are served here, too")
    func pages() async throws {
        let directory = try TemporaryDirectory()
        let first = try TestServer(.socket, directory: directory)
        defer { first.remove() }
        var acme = testPages[0]
        acme.name = "Acme Renamed"
        let fresh = PageDeclaration(slug: "fresh", name: "Fresh")
        let second = try TestServer(.socket, directory: directory, pages: [acme, fresh])
        defer { second.remove() }
        let renamed = try await read({ try first.widget() }, until: { $0.string("/page_title") == "Acme Renamed" })
        #expect(renamed.string("/page_title") == "Acme Renamed")
        #expect(try first.widget("fresh").string("/page_title") == "Fresh")
        let list = try first.get("/v2/status_pages")
        #expect([0, 1].map { list.string("/status_pages/\($0)/name") } == ["Acme Renamed", "Fresh"])
        // A page that is no longer declared disappears here too.
        #expect(try first.get("/v2/status_pages/{clients}").status == 404)
    }

    @Test("A widget that another server disabled is no longer served")
    func widgetOff() async throws {
        let directory = try TemporaryDirectory()
        let first = try TestServer(.socket, directory: directory)
        defer { first.remove() }
        #expect(try first.widget().status == 200)
        var acme = testPages[0]
        acme.isWidgetEnabled = false
        let second = try TestServer(.socket, directory: directory, pages: [acme])
        defer { second.remove() }
        #expect(try await read({ try first.widget() }, until: { $0.status == 404 }).status == 404)
    }
}
