/// A universally unique, lexicographically sortable identifier: 48 bits of time, 80 bits of randomness, written as 26
/// characters of Crockford's base 32 (github.com/ulid/spec).
public struct ULID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The first 64 bits.
    public let high: UInt64
    /// The last 64 bits.
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// - Parameter text: 26 upper-case characters. Nil for anything else, because this server makes no other
    ///   identifiers.
    public init?(_ text: String) {
        var text = text
        guard let ulid = text.withUTF8(Self.init(digits:)) else { return nil }
        self = ulid
    }

    private init?(digits: UnsafeBufferPointer<UInt8>) {
        // 26 digits hold 130 bits, but a ULID has 128. So the first digit must be below 8.
        guard digits.count == 26, digits[0] < UInt8(ascii: "8") else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        let values = Self.values
        for byte in digits {
            let digit = values[Int(byte)]
            guard digit < 32 else { return nil }
            high = high << 5 | low >> 59
            low = low << 5 | UInt64(digit)
        }
        self.init(high: high, low: low)
    }

    public var description: String {
        String(unsafeUninitializedCapacity: 26) { bytes in
            var (high, low) = (high, low)
            for index in (0..<26).reversed() {
                bytes[index] = Self.digits[Int(low & 31)]
                low = low >> 5 | high << 59
                high >>= 5
            }
            return 26
        }
    }

    /// The same 128 bits as a UUID (RFC 9562 §4).
    public var uuid: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for position in 0..<32 {
            if [8, 12, 16, 20].contains(position) { text.append(UInt8(ascii: "-")) }
            let half = position < 16 ? high : low
            text.append(digits[Int(half >> UInt64(60 - position % 16 * 4) & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    public static func < (left: ULID, right: ULID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }

    private static let digits = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
    /// The value of each byte as a digit; 255 if it is not a digit.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, digit) in digits.enumerated() { values[Int(digit)] = UInt8(value) }
        return values
    }()
}

/// Makes ULIDs that always increase. Within one millisecond, or after the clock steps back, each is the previous one
/// plus one.
public struct ULIDGenerator<Randomness: RandomNumberGenerator & Sendable>: Sendable {
    private var randomness: Randomness
    private var last = ULID(high: 0, low: 0)

    public init(randomness: Randomness) { self.randomness = randomness }

    public mutating func next(at now: Timestamp) -> ULID {
        let time = UInt64(max(0, now.milliseconds)) & 0xFFFF_FFFF_FFFF
        if time > last.high >> 16 {
            last = ULID(high: time << 16 | randomness.next() & 0xFFFF, low: randomness.next())
        } else {
            let (low, carry) = last.low.addingReportingOverflow(1)
            last = ULID(high: carry ? last.high &+ 1 : last.high, low: low)
        }
        return last
    }
}
