import StatusPages
import Testing

@testable import Notifications
@testable import Storage

@Suite("The wait for a relay that cannot be used")
struct RelayGateTests {
    private func time(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }

    @Test("Failures of concurrent emails count once, and then one email at a time tests the relay")
    func once() {
        var gate = RelayGate()
        for _ in 0..<4 { gate.begin(at: time(0)) }
        for _ in 0..<4 { gate.noteTrouble(at: time(0)) }
        #expect(gate.delay(at: time(0)) == 1_000)
        #expect(gate.delay(at: time(1_000)) == 0)
        gate.begin(at: time(1_000))
        #expect(gate.delay(at: time(1_000)) == nil)
        gate.noteTrouble(at: time(1_500))
        #expect(gate.delay(at: time(1_500)) == 2_000)
    }

    @Test("A success opens the gate, and so do new settings", arguments: [true, false])
    func opens(_ isSuccess: Bool) {
        var gate = RelayGate()
        gate.noteTrouble(at: time(0))
        #expect(gate.isFailing)
        if isSuccess { gate.noteSuccess() } else { gate.reset() }
        #expect(!gate.isFailing && gate.delay(at: time(0)) == 0)
        gate.noteTrouble(at: time(0))
        #expect(gate.delay(at: time(0)) == 1_000)
    }

    @Test("If the email that should test the relay is not sent, the next email tests it")
    func nothing() {
        var gate = RelayGate()
        gate.noteTrouble(at: time(0))
        gate.begin(at: time(1_000))
        gate.noteNothing()
        #expect(gate.isFailing && gate.delay(at: time(1_000)) == 0)
    }

    private final class NoWorker: Worker {
        func work(on job: DeliveryJob) -> Attempt { Attempt(job, .nothing) }
        func rest() {}
    }

    @Test("An email that cannot be composed says nothing about the relay")
    func notComposed() {
        let lanes = Lanes("test", most: 0, gate: RelayGate(), now: TestClock().now) { NoWorker() }
        let due = DueDelivery(
            id: Fixtures.id(1), source: DeliverySource(pageID: Fixtures.id(2), channel: .email, kind: .update),
            subscriberID: Fixtures.id(3), eventID: nil, addressKey: "ann@example.com",
            place: .start)
        func change(_ result: Attempt.Result) -> Lanes.RelayChange { lanes.note(Attempt(DeliveryJob(due), result)) }
        let response = Delivery.Response(code: nil, text: "")
        guard case .failing = change(.relayTrouble(response, at: time(0))) else {
            Issue.record("trouble with the relay is not noticed")
            return
        }
        guard case .none = change(.notComposed(.temporary(), response, at: time(1_000))) else {
            Issue.record("an email that was not sent changes the state of the relay")
            return
        }
        guard case .works = change(.made(.accepted, response, at: time(2_000))) else {
            Issue.record("a success is not noticed")
            return
        }
    }

    @Test("Setting the clock back does not lengthen the wait", arguments: [0, 60])
    func clock(_ perMinute: Int) {
        var gate = RelayGate()
        gate.perMinute = perMinute
        gate.begin(at: time(1_000_000_000))
        gate.noteTrouble(at: time(1_000_000_000))
        #expect(gate.delay(at: time(0)) == 1_000)
    }
}
