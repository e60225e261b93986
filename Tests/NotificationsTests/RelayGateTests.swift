import StatusPages
import Testing

@testable import Notifications

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

    @Test("Setting the clock back does not lengthen the wait", arguments: [0, 60])
    func clock(_ perMinute: Int) {
        var gate = RelayGate()
        gate.perMinute = perMinute
        gate.begin(at: time(1_000_000_000))
        gate.noteTrouble(at: time(1_000_000_000))
        #expect(gate.delay(at: time(0)) == 1_000)
    }
}
