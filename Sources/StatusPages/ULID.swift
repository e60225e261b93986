/// A universally unique, lexicographically sortable identifier: 48 bits of time, 80 bits of randomness, written as 26
/// characters of Crockford's base 32 (github.com/ulid/spec).
public struct ULID: Hashable, Comparable, Sendable, CustomStringConvertible {
    let high: UInt64
    let low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// - Parameter text: 26 upper-case characters. Anything else is nobody's identifier, hence nil.
    public init?(_ text: some StringProtocol) {
        var high: UInt64 = 0
        var low: UInt64 = 0
        var count = 0
        for byte in text.utf8 {
            guard let digit = Self.digits.firstIndex(of: byte) else { return nil }
            // 26 digits hold 130 bits; the first may only fill the three that exist.
            guard count < 26, count > 0 || digit < 8 else { return nil }
            high = high << 5 | low >> 59
            low = low << 5 | UInt64(digit)
            count += 1
        }
        guard count == 26 else { return nil }
        self.init(high: high, low: low)
    }

    public var description: String {
        var bytes = [UInt8](repeating: 0, count: 26)
        var high = high
        var low = low
        for index in bytes.indices.reversed() {
            bytes[index] = Self.digits[Int(low & 31)]
            low = low >> 5 | high << 59
            high >>= 5
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    public static func < (left: ULID, right: ULID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }

    private static let digits = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
}

/// Makes ULIDs that grow: within one millisecond, or when the clock steps back, each is the one before plus one.
public struct ULIDGenerator<Randomness: RandomNumberGenerator & Sendable>: Sendable {
    private var randomness: Randomness
    private var last = ULID(high: 0, low: 0)

    public init(randomness: Randomness) { self.randomness = randomness }

    public mutating func next(at now: Timestamp) -> ULID {
        let time = UInt64(max(0, now.milliseconds)) & 0xFFFF_FFFF_FFFF
        let fresh = ULID(high: time << 16 | UInt64.random(in: 0...0xFFFF, using: &randomness), low: randomness.next())
        if fresh.high >> 16 > last.high >> 16 {
            last = fresh
        } else {
            let (low, carry) = last.low.addingReportingOverflow(1)
            last = ULID(high: carry ? last.high &+ 1 : last.high, low: low)
        }
        return last
    }
}
