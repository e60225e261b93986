import HTTPTypes
import Testing

@testable import HTTPServer
@testable import PublicPages
@testable import StatusPages

@Suite("Waiting for a widget's changes")
struct WidgetWaitTests {
    private static let page = StatusPage.sample((11..<40).map { .component($0) })
    private static let incident = Incident.sample(7, (11..<40).map { [($0, .fullOutage)] })
    private let cache = DocumentCache()
    private let responder: DocumentResponder

    init() throws {
        var settings = LiveSettings()
        settings.maxWaitSeconds = 40
        settings.maxWaiting = 2
        responder = DocumentResponder(cache, followers: Followers(settings))
        try cache.show(Self.page, ongoing: [Self.incident])
    }

    private func tag(_ fields: String = "") throws -> String {
        try #require(try WidgetRead(fields: fields).inline(cache)?.response.head.headerFields[.eTag])
    }

    private func ask(
        _ wait: String, having tag: String? = nil, _ fields: String = "", path: String = "/acme/api/v1/summary"
    ) throws -> InlineAnswer? {
        let condition = tag.map { "If-None-Match: \($0)\r\n" } ?? ""
        return try WidgetRead(path: "\(path)?wait=\(wait)", fields: fields + condition).answer(responder)
    }

    @Test("A reader of the current document waits for the requested time, up to the limit")
    func patience() throws {
        for (seconds, patience) in [("1", 1), ("40", 40), ("41", 40), ("9999", 40)] {
            #expect(try ask(seconds, having: try tag()).held?.patience == patience)
        }
        #expect(try ask("5", having: "*").held != nil)
        #expect(try ask("5", having: "W/\(try tag()), \"x\"").held != nil)
    }

    @Test("A reader of another document, or of none, gets an uncacheable response at once")
    func atOnce() throws {
        for tag in [nil, "\"other\""] {
            let response = try #require(try ask("5", having: tag).response)
            #expect(response.head.status == .ok)
            #expect(response.head.headerFields[.cacheControl] == "no-store, no-transform")
            #expect(!response.body.isEmpty)
        }
        let since = "If-Modified-Since: Wed, 15 Nov 2023 00:00:00 GMT\r\n"
        #expect(try ask("5", since).response?.head.status == .notModified)
        let none = try #require(try ask("0", having: try tag()).response)
        #expect(none.head.status == .notModified)
        #expect(none.head.headerFields[.cacheControl] == "no-store, no-transform")
    }

    @Test("Other query parameters do not change a read")
    func otherQuery() throws {
        let plain = try #require(try WidgetRead().inline(responder))
        #expect(try WidgetRead(path: "/acme/api/v1/summary?time=5").inline(responder) === plain)
        #expect(try WidgetRead(path: "/acme/api/v1/summary?").inline(responder) === plain)
    }

    @Test("Only a change of the same page ends the wait")
    func news() throws {
        let request = try #require(try ask("5", having: try tag()).held)
        #expect(request.news().isWait)
        try cache.show(.sample(number: 9, slug: "other"))
        #expect(request.news().isWait)
        try cache.show(Self.page, ongoing: [Self.incident], second: 1_700_000_500)
        #expect(request.news().isWait)
        // Another Cache-Control does not make another document.
        var page = Self.page
        page.cachePolicy = CachePolicy(maxAge: 1)
        try cache.show(page, ongoing: [Self.incident])
        #expect(request.news().isWait)

        try cache.show(Self.page)
        let answer = try #require(request.news().answer)
        let plain = try #require(try WidgetRead().inline(cache)).response
        #expect(answer.head.status == .ok)
        #expect(answer.body == plain.body)
        #expect(answer.head.headerFields[.eTag] == plain.head.headerFields[.eTag])
        #expect(answer.head.headerFields[.cacheControl] == "no-store, no-transform")
    }

    @Test(
        "The tag can be in the query, of any coding, quoted or not",
        arguments: ["", "Accept-Encoding: gzip\r\n", "Accept-Encoding: br\r\n"])
    func tagInQuery(accept: String) throws {
        let tag = try tag(accept)
        for spelling in [tag, String(tag.dropFirst().dropLast()), "W/\(tag)", "%22\(tag.dropFirst().dropLast())%22"] {
            try cache.show(Self.page, ongoing: [Self.incident])
            let request = try #require(try ask("5&etag=\(spelling)").held)
            #expect(request.patience == 5)
            #expect(request.news().isWait)
            try cache.show(Self.page)
            let answer = try #require(request.news().answer)
            #expect(answer.head.status == .ok)
            #expect(answer.head.headerFields[.cacheControl] == "no-store, no-transform")
        }
        for other in ["other", "%22\(String(repeating: "0", count: 32))%22", "\(tag.dropFirst().dropLast())0"] {
            #expect(try ask("5&etag=\(other)").response?.head.status == .ok)
        }
    }

    @Test(
        "With a tag in the query and a condition, the tag controls the wait and the condition the 304",
        arguments: [
            // The tag in the query, the tag in If-None-Match, whether the read waits, and the status without a change.
            ("NOW", "NOW", true, 304), ("NOW", "other", true, 200), ("NOW", nil, true, 304),
            ("other", "NOW", false, 304),
            ("other", "other", false, 200), ("other", nil, false, 200),
        ] as [(String, String?, Bool, Int)])
    func precedence(query: String, field: String?, waits: Bool, status: Int) throws {
        let now = try tag()
        let answer = try ask(
            "5&etag=\(query.replacing("NOW", with: now))", having: field.map { $0 == "NOW" ? now : "\"\($0)\"" })
        #expect((answer.held != nil) == waits)
        let response = waits ? answer.held?.timeUp().answer : answer.response
        #expect(response?.head.status.code == status)
    }

    @Test(
        "A request without a condition never gets 304, which a cache would treat as a failure",
        arguments: ["Via: 1.1 cache\r\n", "X-Varnish: 32770\r\n"])
    func cacheBetween(proxy: String) throws {
        let now = try tag()
        let wait = try #require(try ask("5&etag=\(now)", proxy).held)
        let answer = try #require(wait.timeUp().answer)
        #expect(answer.head.status == .ok)
        #expect(answer.head.headerFields[.eTag] == now)
        #expect(!answer.body.isEmpty)
        #expect(try ask("0&etag=\(now)", proxy).response?.head.status == .ok)
        #expect(try ask("0&etag=\(now)").response?.head.status == .notModified)
        // A request with a condition does get 304.
        let conditional = try #require(try ask("5&etag=\(now)", having: now, proxy).held)
        #expect(conditional.timeUp().answer?.head.status == .notModified)
    }

    @Test("A wait without a number of seconds is answered at once", arguments: ["?wait", "?wait=", "?wait=0"])
    func noSeconds(query: String) throws {
        let now = try tag()
        for (parameter, field, status) in [
            ("", "", 200), ("&etag=\(now)", "", 304), ("", "If-None-Match: \(now)\r\n", 304),
        ] {
            let read = WidgetRead(path: "/acme/api/v1/summary\(query)\(parameter)", fields: field)
            let response = try #require(try read.answer(responder).response)
            #expect(response.head.status.code == status)
            #expect(response.head.headerFields[.cacheControl] == "no-store, no-transform")
            #expect(try read.handled(cache).response?.head == response.head)
        }
    }

    @Test("The answer comes in the coding that was asked for", arguments: ["gzip", "br"])
    func coding(name: String) throws {
        let accept = "Accept-Encoding: \(name)\r\n"
        let request = try #require(try ask("5", having: try tag(accept), accept).held)
        try cache.show(Self.page, ongoing: [Self.incident, .sample(8, [[(11, .fullOutage)]])])
        let answer = try #require(request.news().answer)
        #expect(answer.head.headerFields[.contentEncoding] == name)
        #expect(answer.head.headerFields[.eTag] == (try tag(accept)))
    }

    @Test("Without a change the response is 304, at the timeout and when the server stops")
    func nothing() throws {
        let request = try #require(try ask("5", having: try tag()).held)
        for step in [request.timeUp(), request.stop()] {
            let answer = try #require(step.answer)
            #expect(answer.head.status == .notModified)
            #expect(answer.head.headerFields[.eTag] == (try tag()))
            #expect(answer.head.headerFields[.cacheControl] == "no-store, no-transform")
        }
    }

    @Test("A widget that is no longer served ends the wait with an error")
    func gone() throws {
        let request = try #require(try ask("5", having: try tag()).held)
        try cache.show(.sample(isWidgetEnabled: false))
        for step in [request.news(), request.timeUp()] {
            guard case .fault(.gone) = step else {
                Issue.record("the widget is still there")
                return
            }
        }
    }

    @Test("A change whose notification came late is still the response")
    func late() throws {
        let request = try #require(try ask("5", having: try tag()).held)
        try cache.show(Self.page)
        #expect(request.timeUp().answer?.head.status == .ok)
        let other = try #require(try ask("5", having: try tag()).held)
        try cache.show(Self.page, ongoing: [Self.incident])
        #expect(other.stop().answer?.head.status == .ok)
    }

    @Test("The number of waiting readers is limited, and a released one makes room")
    func limit() throws {
        let tag = try tag()
        var held = [try #require(try ask("5", having: tag).held), try #require(try ask("5", having: tag).held)]
        for _ in 0..<2 {
            guard case .fault(.overloaded(.heldRequests))? = try ask("5", having: tag) else {
                Issue.record("one more was admitted")
                return
            }
        }
        // An ordinary read still works.
        #expect(try ask("5", having: "\"other\"").response != nil)
        held.removeLast()
        held.append(try #require(try ask("5", having: tag).held))
        #expect(held.count == 2)
    }

    @Test("A malformed wait is rejected")
    func malformed() throws {
        #expect(try ask("soon", having: try tag()) == nil)
        let read = WidgetRead(path: "/acme/api/v1/summary?wait=soon")
        guard case .badParameter("wait", _) = try read.handled(cache) else {
            Issue.record("no fault was reported")
            return
        }
    }

    @Test("A request outside the event loops gets a response at once")
    func handled() throws {
        let path = "/ac%6De/api/v1/summary?wait=5"
        let response = try #require(
            try WidgetRead(path: path, fields: "If-None-Match: \(try tag())\r\n").handled(cache).response)
        #expect(response.head.status == .notModified)
        #expect(response.head.headerFields[.cacheControl] == "no-store, no-transform")
    }
}
