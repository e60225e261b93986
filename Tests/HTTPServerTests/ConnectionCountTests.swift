import Testing

@testable import HTTPServer

@Suite("Counting connections")
struct ConnectionCountTests {
    @Test("Connections are admitted up to the limit, and released ones make room")
    func limit() {
        let count = ConnectionCount(limit: 2)
        #expect(count.admit(nil) == nil)
        #expect(count.admit(nil) == nil)
        #expect(count.admit(nil) == .atLimit)
        count.release(nil)
        #expect(count.admit(nil) == nil)
        #expect(count.admit(nil) == .atLimit)
    }

    @Test("An address has its own limit, and an IPv6 /64 counts as one")
    func limitPerAddress() throws {
        let count = ConnectionCount(limit: 100, perAddress: 2)
        let one = try #require(IPAddress("192.0.2.1"))
        let another = try #require(IPAddress("192.0.2.2"))
        for client in [one, one, another] { #expect(count.admit(client) == nil) }
        #expect(count.admit(one) == .atLimitOfAddress)
        count.release(one)
        #expect(count.admit(one) == nil)
        #expect(count.admit(one) == .atLimitOfAddress)
        let neighbours = try ["2001:db8::1", "2001:db8::2", "2001:db8::3"].map { try #require(IPAddress($0)) }
        #expect(neighbours.map(count.admit) == [nil, nil, .atLimitOfAddress])
        #expect(count.admit(IPAddress("2001:db8:0:1::1")) == nil)
        for _ in 0..<50 { #expect(count.admit(nil) == nil) }
    }
}
