import StatusPages
import Storage
import Testing

@testable import allclear

@Suite("Fence")
struct FenceTests {
    @Test(
        "Only another server's heartbeat within the last 10 s closes the fence",
        arguments: [
            (nil, 0, true), ("other", 9_999, false), ("other", 10_000, true), ("own", 0, true),
            // The other server's clock is ahead.
            ("other", -5_000, false),
        ] as [(String?, Int64, Bool)])
    func fence(server: String?, age: Int64, isOpen: Bool) throws {
        let now = Timestamp(milliseconds: 1_000_000)
        let heartbeat = server.map { Heartbeat(server: $0, at: now.advanced(byMilliseconds: -age)) }
        if isOpen {
            try Fence.check(heartbeat, identity: "own", at: now)
        } else {
            #expect(throws: Fence.Closed.self) { try Fence.check(heartbeat, identity: "own", at: now) }
            #expect(throws: Fence.Closed.self) { try Fence.check(heartbeat, identity: nil, at: now) }
        }
    }
}
