import StatusPages
import Testing

@testable import Accounts

@Suite("Guessing passwords")
struct LoginThrottleTests {
    /// Holds the throttle by reference, because `#expect` cannot call a mutating method on it.
    private final class Shared {
        var throttle = LoginThrottle()
    }

    private let shared = Shared()

    private func attempt(_ account: String = "ann@example.com", from address: String, at now: Int64) -> Int? {
        shared.throttle.attempt(account: account, address: address, at: second(now))
    }

    @Test("After five failures on an account, the delay doubles up to 15 minutes")
    func account() {
        var delays: [Int] = []
        var now: Int64 = 0
        for number in 0..<18 {
            // Each attempt comes from another address.
            let address = "192.0.2.\(number)"
            if let delay = attempt(from: address, at: now) {
                delays.append(delay)
                // One second before the end, the attempt is still too early.
                if delay > 1 { #expect(attempt(from: address, at: now + Int64(delay) - 1) == 1) }
                now += Int64(delay)
                #expect(attempt(from: address, at: now) == nil)
            }
        }
        #expect(delays == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900])
    }

    @Test("Other accounts are not delayed, and the case of an address does not matter")
    func others() {
        for number in 0..<5 { #expect(attempt(from: "192.0.2.\(number)", at: 0) == nil) }
        #expect(attempt("ANN@Example.com", from: "192.0.2.9", at: 0) == 2)
        #expect(attempt("bob@example.com", from: "192.0.2.9", at: 0) == nil)
    }

    @Test("A success forgets the failures on the account, and does not count against the address")
    func success() {
        for _ in 0..<4 { #expect(attempt(from: "192.0.2.1", at: 0) == nil) }
        #expect(attempt(from: "192.0.2.2", at: 0) == nil)
        shared.throttle.succeed(account: "Ann@example.com", address: "192.0.2.2")
        for _ in 0..<5 { #expect(attempt(from: "192.0.2.3", at: 0) == nil) }
        for number in 0..<30 { #expect(attempt("\(number)@example.com", from: "192.0.2.2", at: 0) == nil) }
        #expect(attempt("x@example.com", from: "192.0.2.2", at: 0) == 600)
    }

    @Test("An attempt that was not checked counts neither against the account nor against the address")
    func unchecked() {
        for _ in 0..<4 { #expect(attempt(from: "192.0.2.1", at: 0) == nil) }
        for _ in 0..<40 {
            #expect(attempt(from: "192.0.2.2", at: 0) == nil)
            shared.throttle.takeBack(account: "Ann@example.com", address: "192.0.2.2")
        }
        #expect(attempt(from: "192.0.2.2", at: 0) == nil)
        // The four failures and the last one still count.
        #expect(attempt(from: "192.0.2.3", at: 0) == 2)
        shared.throttle.takeBack(account: "nobody@example.com", address: "192.0.2.9")
        #expect(shared.throttle.rememberedAccounts == 1)
    }

    @Test("An account is never locked for good")
    func forgetting() {
        for number in 0..<5 { #expect(attempt(from: "192.0.2.\(number)", at: 0) == nil) }
        let day: Int64 = 86_400
        for number in 0..<5 { #expect(attempt(from: "192.0.2.\(number)", at: day) == nil) }
        #expect(attempt(from: "192.0.2.9", at: day) == 2)
    }

    @Test(
        "Thirty failures from one network within ten minutes delay it",
        arguments: [
            ("192.0.2.1", "192.0.2.1", "192.0.2.2"), ("192.0.2.1", "::ffff:192.0.2.1", "::ffff:192.0.2.2"),
            ("2001:db8:1:2::1", "2001:DB8:1:2:ffff::9", "2001:db8:1:3::1"), ("", "", "unknown"),
        ])
    func address(first: String, same: String, other: String) {
        for number in 0..<30 {
            #expect(attempt("\(number)@example.com", from: first, at: Int64(number)) == nil)
        }
        #expect(attempt("x@example.com", from: same, at: 100) == 500)
        #expect(attempt("x@example.com", from: other, at: 100) == nil)
        #expect(attempt("y@example.com", from: same, at: 599) == 1)
        #expect(attempt("y@example.com", from: same, at: 600) == nil)
        #expect(attempt("z@example.com", from: same, at: 600) == 1)
    }

    @Test("However many accounts are tried, memory has a limit, and recent failures stay")
    func limits() {
        for number in 0..<5 { #expect(attempt(from: "192.0.2.\(number)", at: 1_000) == nil) }
        for number in 0..<9_999 {
            #expect(attempt("\(number)@example.com", from: "10.0.\(number / 250).\(number % 250)", at: 0) == nil)
        }
        #expect(attempt("x@example.com", from: "192.0.2.9", at: 1_001) == nil)
        #expect(shared.throttle.rememberedAccounts == 10_000)
        #expect(attempt(from: "192.0.2.9", at: 1_001) == 1)
    }
}
