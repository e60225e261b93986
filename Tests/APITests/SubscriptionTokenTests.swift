import Foundation
import Publishing
import StatusPages
import Testing

@Suite("Tokens in links")
struct SubscriptionTokenTests {
    private static let page = ID<StatusPage>(ULID(high: 1, low: 2))
    private static let subscriber = ID<Subscriber>(ULID(high: .max, low: 4))
    private static let key = [UInt8](repeating: 7, count: 32)

    @Test("A token is read as it was made", arguments: SubscriptionToken.Purpose.allCases, [nil, 1, 1_790_000_000_000])
    func roundTrip(_ purpose: SubscriptionToken.Purpose, _ expiry: Int64?) throws {
        let token = SubscriptionToken(
            purpose, of: Self.subscriber, expiresAt: expiry.map(Timestamp.init(milliseconds:)))
        let text = token.text(for: Self.page, key: Self.key)
        #expect(try /[A-Za-z0-9_.\-]{20,160}/.wholeMatch(in: text) != nil)
        #expect(SubscriptionToken(text, for: Self.page, key: Self.key) == token)
        #expect(SubscriptionToken(text, for: ID(ULID(high: 1, low: 3)), key: Self.key) == nil)
        #expect(SubscriptionToken(text, for: Self.page, key: [UInt8](repeating: 8, count: 32)) == nil)
        for place in text.indices {
            for digit in ["A", "B", "_", "+", ""] {
                let changed = text[..<place] + digit + text[text.index(after: place)...]
                if changed != text { #expect(SubscriptionToken(String(changed), for: Self.page, key: Self.key) == nil) }
            }
        }
    }

    @Test("The hash of an erased address depends on the address, the channel and the key, not on the case")
    func hashes() {
        let hash = SubscriptionHash.of("ada@example.com", .email, key: Self.key)
        #expect(hash == SubscriptionHash.of("Ada@Example.com", .email, key: Self.key))
        #expect(hash != SubscriptionHash.of("bob@example.com", .email, key: Self.key))
        #expect(hash != SubscriptionHash.of("ada@example.com", .webhook, key: Self.key))
        #expect(hash != SubscriptionHash.of("ada@example.com", .email, key: Self.key + [0, 1]))
        #expect(!hash.contains("ada"))
    }
}
