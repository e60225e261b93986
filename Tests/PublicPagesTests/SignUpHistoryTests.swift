import HTTPServer
import Publishing
import StatusPages
import Testing

@testable import PublicPages

@Suite("Limits on sign-ups")
struct SignUpHistoryTests {
    private static func rules(perClient: Int = 2, perMinute: Int = 100) -> SubscriptionRules {
        var rules = SubscriptionRules()
        rules.signUpsPerClient = perClient
        rules.signUpsPerMinute = perMinute
        return rules
    }

    private static func seconds(_ number: Int64) -> Timestamp {
        Timestamp(milliseconds: 1_000_000_000 + number * 1_000)
    }

    @Test("A client waits until its oldest sign-up is ten minutes old")
    func client() throws {
        var history = SignUpHistory()
        let client = try #require(IPAddress("192.0.2.1"))
        #expect(history.admit(client, Self.rules(), at: Self.seconds(0)) == nil)
        #expect(history.admit(client, Self.rules(), at: Self.seconds(100)) == nil)
        let refusal = history.admit(client, Self.rules(), at: Self.seconds(200))
        #expect(refusal == SignUpHistory.Refusal(limit: .perClient, retryAfter: 400))
        // Rejected sign-ups do not count.
        #expect(history.count == 2)
        #expect(history.admit(client, Self.rules(), at: Self.seconds(599))?.retryAfter == 1)
        #expect(history.admit(client, Self.rules(), at: Self.seconds(600)) == nil)
        #expect(history.admit(client, Self.rules(), at: Self.seconds(601))?.retryAfter == 99)
        // With a lower limit, the client waits until its extra sign-ups are old enough.
        #expect(history.admit(client, Self.rules(perClient: 1), at: Self.seconds(601))?.retryAfter == 599)
    }

    @Test("All clients together wait until the minute is over")
    func total() throws {
        var history = SignUpHistory()
        let rules = Self.rules(perMinute: 3)
        for number in 1...3 {
            let client = try #require(IPAddress("192.0.2.\(number)"))
            #expect(history.admit(client, rules, at: Self.seconds(Int64(number))) == nil)
        }
        let other = try #require(IPAddress("192.0.2.9"))
        #expect(history.admit(other, rules, at: Self.seconds(30)) == .init(limit: .perMinute, retryAfter: 31))
        #expect(history.admit(other, rules, at: Self.seconds(61)) == nil)
    }

    @Test(
        "IPv6 clients are limited by /64 network, and IPv4 clients by address",
        arguments: [
            ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false),
            ("192.0.2.1", "::ffff:192.0.2.1", true), ("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
        ])
    func networks(one: String, other: String, areSame: Bool) throws {
        var history = SignUpHistory()
        let rules = Self.rules(perClient: 1)
        let first = try #require(IPAddress(one))
        #expect(history.admit(first, rules, at: Self.seconds(0)) == nil)
        let second = try #require(IPAddress(other))
        let refusal = history.admit(second, rules, at: Self.seconds(1))
        #expect((refusal != nil) == areSame)
    }

    @Test("Unknown clients are limited only together")
    func unknown() {
        var history = SignUpHistory()
        for _ in 0..<5 { #expect(history.admit(nil, Self.rules(perMinute: 5), at: Self.seconds(0)) == nil) }
        #expect(history.admit(nil, Self.rules(perMinute: 5), at: Self.seconds(0))?.limit == .perMinute)
    }

    @Test("Nothing is kept for longer than ten minutes, even if the clock was set back")
    func memory() throws {
        var history = SignUpHistory()
        let client = try #require(IPAddress("192.0.2.1"))
        for second in 0..<1_000 {
            _ = history.admit(client, Self.rules(perClient: 1_000), at: Self.seconds(Int64(second) * 10))
            #expect(history.count <= 60)
        }
        #expect(history.admit(client, Self.rules(perClient: 1), at: Self.seconds(-3_600)) == nil)
        #expect(history.count == 1)
    }

    @Test("However high the limits are, the memory is bounded")
    func bound() {
        var history = SignUpHistory(most: 10)
        let rules = Self.rules(perClient: 1_000_000, perMinute: 1_000_000)
        for _ in 0..<100 { #expect(history.admit(nil, rules, at: Self.seconds(0)) == nil) }
        #expect(history.count == 10)
    }
}
