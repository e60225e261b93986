import Glibc
import Locking
import Storage
import TestSupport
import Testing

@testable import PublicPages
@testable import StatusPages

@Suite("Purging caches", .timeLimit(.patientMinutes(5)))
struct PurgerTests {
    /// A cache that keeps the requests, and answers as a test asks it to.
    private final class Recorder: Sendable {
        private struct State {
            var requests: [PurgeRequest] = []
            var answers: [PurgeAnswer] = []
            var failures: [String] = []
            var isHeld = false
        }

        private let state = Locked(State())

        /// - Parameter answers: the answers to the first requests. All later requests are accepted.
        init(_ answers: [PurgeAnswer] = []) { state.withLock { $0.answers = answers } }

        var urls: [String] { state.withLock { $0.requests.map(\.url) } }

        /// The reported failures.
        var failures: [String] { state.withLock { $0.failures } }

        func note(_ failure: any Error) { state.withLock { $0.failures.append("\(failure)") } }

        /// Holds back all answers, or releases them.
        func hold(_ isHeld: Bool) { state.withLock { $0.isHeld = isHeld } }

        func send(_ request: PurgeRequest) -> PurgeAnswer {
            let answer = state.withLock { state in
                state.requests.append(request)
                return state.answers.isEmpty ? .accepted : state.answers.removeFirst()
            }
            while state.withLock({ $0.isHeld }) { usleep(2_000) }
            return answer
        }
    }

    private let directory: TemporaryDirectory
    private let cache = DocumentCache()
    private let store: Store
    private let page = StatusPage.sample([.component(11), .subPage(2, key: "eu", [.component(12)])])
    private let other = StatusPage.sample(number: 9, slug: "other")
    private let byKey = PurgeTarget(method: "PURGE", url: "http://cache/{key}")
    private let byURL = PurgeTarget(method: "PURGE", url: "{url}")

    init() throws {
        directory = try TemporaryDirectory()
        store = try Store(path: directory.file("test.db"))
        try cache.show(page)
        try cache.show(other)
    }

    private func purger(_ targets: [PurgeTarget], _ recorder: Recorder) -> Purger {
        Purger(
            Purger.Parts(
                cache: cache, store: store, serverURL: { serverURL }, send: recorder.send,
                report: recorder.note),
            targets: targets)
    }

    private func until(_ condition: () -> Bool) {
        for _ in 0..<2_000 {
            if condition() { return }
            usleep(10_000)
        }
        Issue.record("the condition did not become true")
    }

    /// Waits until all requests are accepted.
    private func settle(_ purger: Purger, _ recorder: Recorder, after count: Int) {
        until { recorder.urls.count >= count && purger.pending == 0 }
    }

    @Test(
        "Placeholders are filled in everywhere",
        arguments: [
            ("https://cdn/{key}?{page}", "https://cdn/page-acme?acme"), ("{url}", "https://status.example/acme"),
            ("https://cdn/all", "https://cdn/all"),
        ])
    func placeholders(_ template: String, _ expected: String) {
        let target = PurgeTarget(
            method: "POST", url: template, fields: [PurgeTarget.Field(name: "X-Key", value: template)], body: template)
        let request = target.request(page: "acme", document: "https://status.example/acme")
        #expect(request.url == expected)
        #expect(request.fields == [PurgeTarget.Field(name: "X-Key", value: expected)])
        #expect(request.body == Array(expected.utf8))
    }

    @Test("A start purges every page, and a change purges only its page")
    func changes() throws {
        let recorder = Recorder()
        let purger = purger([byKey], recorder)
        defer { purger.stop() }
        try cache.show(other)
        #expect(recorder.urls == [])
        purger.start()
        settle(purger, recorder, after: 2)
        #expect(recorder.urls == ["http://cache/page-acme", "http://cache/page-other"])
        try cache.show(page, ongoing: [.sample(7, [[(11, .fullOutage)]])])
        settle(purger, recorder, after: 3)
        #expect(recorder.urls.dropFirst(2) == ["http://cache/page-acme"])
        cache.show([DocumentCache.Prepared(nothingOf: other.id)])
        settle(purger, recorder, after: 4)
        #expect(recorder.urls.dropFirst(3) == ["http://cache/page-other"])
        #expect(purger.counts == Purger.Counts(accepted: 4, absent: 0, failed: 0))
    }

    @Test("Changes during a request share the next one")
    func coalesced() throws {
        let recorder = Recorder()
        let purger = purger([byKey], recorder)
        defer { purger.stop() }
        purger.start()
        settle(purger, recorder, after: 2)
        recorder.hold(true)
        try cache.show(page, second: 1_700_000_001)
        until { recorder.urls.count == 3 }
        for second in Int64(2)...50 { try cache.show(page, second: 1_700_000_000 + second) }
        recorder.hold(false)
        settle(purger, recorder, after: 4)
        // The cache may have fetched a document before the last change, so one more request follows.
        #expect(recorder.urls.dropFirst(2) == ["http://cache/page-acme", "http://cache/page-acme"])
    }

    @Test("A failed request is reported and retried, unless the cache says that it has nothing to purge")
    func failure() throws {
        let recorder = Recorder([.failed(reason: "the answer has the status 500"), .absent])
        let purger = purger([PurgeTarget(method: "PURGE", url: "http://cache/{key}?secret")], recorder)
        defer { purger.stop() }
        purger.start()
        until { purger.counts.failed == 1 }
        #expect(purger.pending == 2)
        settle(purger, recorder, after: 3)
        #expect(recorder.urls == ["acme", "other", "acme"].map { "http://cache/page-\($0)?secret" })
        #expect(purger.counts == Purger.Counts(accepted: 1, absent: 1, failed: 1))
        #expect(recorder.failures == ["PURGE for page acme at http://cache: the answer has the status 500"])
    }

    @Test("With {url}, a change purges the documents that changed, at each of their addresses")
    func documents() throws {
        var page = page
        page.domain = "status.acme.example"
        page.site.languages = [.en, .de]
        try cache.show(page)
        let recorder = Recorder()
        let purger = purger([byURL], recorder)
        defer { purger.stop() }
        purger.start()
        settle(purger, recorder, after: 50)
        let all = recorder.urls
        for url in [
            "https://status.example/acme", "https://status.example/acme?lang=de", "https://status.acme.example/",
            "https://status.acme.example/eu/api/v1/summary", "https://status.example/acme/feed.rss",
            "https://status.example/acme/history", "https://status.example/other/badge.svg",
        ] { #expect(all.contains(url), "\(url)") }
        #expect(!all.contains { $0.contains("/stream") })
        #expect(Set(all).count == all.count)
        try cache.show(page, ongoing: [.sample(7, [[(11, .fullOutage)]])])
        settle(purger, recorder, after: all.count + 4)
        let changed = recorder.urls.dropFirst(all.count)
        for url in [
            "https://status.example/acme", "https://status.acme.example/?lang=de",
            "https://status.acme.example/api/v1/summary", "https://status.example/acme/badge.svg",
        ] { #expect(changed.contains(url), "\(url)") }
        #expect(!changed.contains { $0.contains("/eu/api/v1/") || $0.contains("/other") })
        // Another edition without a change.
        let count = recorder.urls.count
        try cache.show(page, ongoing: [.sample(7, [[(11, .fullOutage)]])])
        var renamed = other
        renamed.name = "Renamed"
        try cache.show(renamed)
        until { purger.pending == 0 && recorder.urls.count > count }
        #expect(!recorder.urls.dropFirst(count).contains("https://status.acme.example/api/v1/summary"))
        // Its documents are gone.
        page.domain = nil
        try cache.show(page)
        until { recorder.urls.dropFirst(count).contains("https://status.acme.example/api/v1/summary") }
    }

    @Test("A target of one page gets no requests for other pages")
    func onePage() throws {
        let recorder = Recorder()
        let purger = purger([PurgeTarget(page: "other", method: "PURGE", url: "http://cache/{key}")], recorder)
        defer { purger.stop() }
        purger.start()
        settle(purger, recorder, after: 1)
        try cache.show(page, second: 1_700_000_001)
        try cache.show(other, second: 1_700_000_001)
        settle(purger, recorder, after: 2)
        #expect(recorder.urls == ["http://cache/page-other", "http://cache/page-other"])
    }

    @Test("New targets purge every page, unchanged ones purge nothing, and removed ones get no more requests")
    func targets() throws {
        let recorder = Recorder()
        let purger = purger([byKey], recorder)
        defer { purger.stop() }
        purger.start()
        settle(purger, recorder, after: 2)
        let new = PurgeTarget(method: "PURGE", url: "http://new/{key}")
        purger.use([byKey, new, new])
        settle(purger, recorder, after: 4)
        #expect(recorder.urls.dropFirst(2) == ["http://new/page-acme", "http://new/page-other"])
        purger.use([new])
        try cache.show(page, second: 1_700_000_001)
        settle(purger, recorder, after: 5)
        #expect(recorder.urls.dropFirst(4) == ["http://new/page-acme"])
    }

    @Test("A cache that does not answer does not delay others")
    func apart() throws {
        let (slow, fast) = (Recorder(), Recorder())
        slow.hold(true)
        let both = Purger(
            Purger.Parts(
                cache: cache, store: store, serverURL: { serverURL },
                send: { $0.url.hasPrefix("http://slow") ? slow.send($0) : fast.send($0) }, report: { _ in }),
            targets: [PurgeTarget(method: "PURGE", url: "http://slow/{key}"), byKey])
        both.start()
        until { slow.urls.count == 1 && fast.urls.count == 2 }
        try cache.show(page, second: 1_700_000_001)
        until { fast.urls.count == 3 }
        #expect(slow.urls.count == 1)
        slow.hold(false)
        both.stop()
    }
}
