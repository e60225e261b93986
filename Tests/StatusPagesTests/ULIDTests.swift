import TestSupport
import Testing

@testable import StatusPages

@Suite("ULID")
struct ULIDTests {
    static let written = [
        "00000000000000000000000000", "7ZZZZZZZZZZZZZZZZZZZZZZZZZ", "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "0123456789ABCDEFGHJKMNPQRS", "01JQZ00000000000000000000T",
    ]

    @Test("A ULID is written as it was read", arguments: written)
    func roundTrip(text: String) throws {
        #expect(try #require(ULID(text)).description == text)
    }

    @Test("Every bit survives being written and read")
    func everyBit() throws {
        for bit in 0..<64 as Range<UInt64> {
            for ulid in [ULID(high: 1 << bit, low: 0), ULID(high: 0, low: 1 << bit)] {
                #expect(try #require(ULID(ulid.description)) == ulid)
            }
        }
    }

    @Test(
        "Other text is not a ULID",
        arguments: [
            "", "0", "01ARZ3NDEKTSV4RRFFQ69G5FA", "01ARZ3NDEKTSV4RRFFQ69G5FAVV", "01arz3ndektsv4rrffq69g5fav",
            // Crockford's alphabet leaves out I, L, O and U.
            "01ARZ3NDEKTSV4RRFFQ69G5FAI", "01ARZ3NDEKTSV4RRFFQ69G5FAL", "01ARZ3NDEKTSV4RRFFQ69G5FAO",
            "01ARZ3NDEKTSV4RRFFQ69G5FAU",
            // The largest 128-bit value is 7ZZ…; these are larger.
            "80000000000000000000000000", "ZZZZZZZZZZZZZZZZZZZZZZZZZZ",
            " 1ARZ3NDEKTSV4RRFFQ69G5FAV", "01ARZ3NDEKTSV4RRFFQ69G5FAV\n", "01ARZ3NDEK-TSV4RRFFQ69G5FAV",
            "01ARZ3NDEKTSV4RRFFQ69G5FA\0", "０1ARZ3NDEKTSV4RRFFQ69G5FAV",
        ])
    func refusal(text: String) {
        #expect(ULID(text) == nil)
        #expect(ID<Incident>(text) == nil)
    }

    @Test("ULIDs sort as their text does")
    func order() throws {
        let sorted = Self.written.sorted()
        let ulids = try Self.written.map { try #require(ULID($0)) }
        #expect(ulids.sorted().map(\.description) == sorted)
    }

    @Test("The time comes first, so that later ULIDs sort after earlier ones")
    func time() {
        var generator = ULIDGenerator(randomness: SeededGenerator(seed: 1))
        let times: [Int64] = [0, 1, 1_000, 1_767_225_600_000, 281_474_976_710_655]
        let texts = times.map { generator.next(at: Timestamp(milliseconds: $0)).description }
        #expect(texts == texts.sorted())
        #expect(texts.map { $0.prefix(10) }.first == "0000000000")
        #expect(texts.map { $0.prefix(10) }.last == "7ZZZZZZZZZ")
    }
}

@Suite("ULIDGenerator")
struct ULIDGeneratorTests {
    @Test("Within one millisecond, each ULID is greater than the previous one")
    func oneMillisecond() {
        var generator = ULIDGenerator(randomness: SeededGenerator(seed: 2))
        let made = (0..<1_000).map { _ in generator.next(at: second(0)) }
        #expect(zip(made, made.dropFirst()).allSatisfy(<))
    }

    @Test("A clock that steps back does not make smaller ULIDs")
    func clockStepsBack() {
        var generator = ULIDGenerator(randomness: SeededGenerator(seed: 3))
        let first = generator.next(at: second(100))
        let second = generator.next(at: StatusPagesTests.second(-100))
        let third = generator.next(at: Timestamp(milliseconds: -1))
        #expect(first < second)
        #expect(second < third)
        #expect(third.description.prefix(10) == first.description.prefix(10))
    }

    @Test("The low half carries into the high half when it overflows")
    func carry() {
        // All bits are ones, which makes the largest possible randomness.
        struct Ones: RandomNumberGenerator { mutating func next() -> UInt64 { .max } }
        var generator = ULIDGenerator(randomness: Ones())
        let first = generator.next(at: second(0))
        #expect(first.low == .max)
        let next = generator.next(at: second(0))
        #expect(next.high == first.high + 1)
        #expect(next.low == 0)
        #expect(first < next)
    }

    @Test("Different random bits at the same time give different ULIDs")
    func randomness() {
        let made = (0..<100 as Range<UInt64>).map { seed in
            var generator = ULIDGenerator(randomness: SeededGenerator(seed: seed))
            return generator.next(at: second(0))
        }
        #expect(Set(made).count == made.count)
        #expect(Set(made.map { $0.description.prefix(10) }).count == 1)
    }
}
