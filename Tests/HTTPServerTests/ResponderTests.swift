import HTTPTypes
import Locking
import Testing

@testable import HTTPServer

@Suite("Responder")
struct ResponderTests {
    /// The answers sent: a status code, or nil for a dropped responder.
    private final class Sent: Sendable {
        private let codes = Locked<[Int?]>([])
        var all: [Int?] { codes.withLock { $0 } }
        func responder() -> Responder {
            Responder { response in self.codes.withLock { $0.append(response?.head.status.code) } }
        }
    }

    @Test("A response is sent once, and nothing follows it")
    func once() {
        let sent = Sent()
        do {
            let respond = sent.responder()
            respond(Response(.ok))
            respond(Response(.accepted))
        }
        #expect(sent.all == [200])
    }

    @Test("A responder that is dropped unused reports it")
    func dropped() {
        let sent = Sent()
        do { _ = sent.responder() }
        #expect(sent.all == [nil])
    }

    @Test("A responder that is kept reports nothing yet")
    func kept() {
        let sent = Sent()
        let respond = sent.responder()
        #expect(sent.all.isEmpty)
        withExtendedLifetime(respond) {}
    }

    @Test("One of several concurrent responses is sent")
    func race() async {
        let sent = Sent()
        let respond = sent.responder()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<50 { group.addTask { respond(Response(.ok)) } }
        }
        #expect(sent.all == [200])
    }
}
