import StatusPages
import TestSupport
import Testing

@Suite("Reading RFC 3339")
struct TimestampReadingTests {
    @Test(
        "A time is read to the millisecond in UTC",
        arguments: [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-11-20T21:48:34.123Z", 1_795_211_314_123),
            // Offsets, and the two ways to write UTC.
            ("2026-11-20T21:48:34+00:00", 1_795_211_314_000),
            ("2026-11-20T21:48:34-00:00", 1_795_211_314_000),
            ("2026-11-20T23:48:34+02:00", 1_795_211_314_000),
            ("2026-11-20T16:18:34-05:30", 1_795_211_314_000),
            ("2026-11-21T21:47:34+23:59", 1_795_211_314_000),
            // Upper and lower case letters, and the space that RFC 3339 allows instead of the T.
            ("2026-11-20t21:48:34z", 1_795_211_314_000),
            ("2026-11-20 21:48:34Z", 1_795_211_314_000),
            // Fractions of one to nine digits, which are cut, not rounded.
            ("2026-11-20T21:48:34.1Z", 1_795_211_314_100),
            ("2026-11-20T21:48:34.12Z", 1_795_211_314_120),
            ("2026-11-20T21:48:34.1234Z", 1_795_211_314_123),
            ("2026-11-20T21:48:34.1239999Z", 1_795_211_314_123),
            ("2026-11-20T21:48:34.999999999Z", 1_795_211_314_999),
            ("2026-11-20T21:48:34.000000001+00:00", 1_795_211_314_000),
            // Leap days.
            ("2024-02-29T00:00:00Z", 1_709_164_800_000),
            ("2000-02-29T12:00:00Z", 951_825_600_000),
            // Before 1970.
            ("1969-12-31T23:59:59Z", -1_000),
            ("1969-12-31T23:59:59.9999Z", -1),
            ("1900-03-01T00:00:00Z", -2_203_891_200_000),
            ("0001-01-01T00:00:00Z", -62_135_596_800_000),
            ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ])
    func reading(text: String, milliseconds: Int64) {
        #expect(Timestamp(rfc3339: text) == Timestamp(milliseconds: milliseconds))
    }

    @Test(
        "Text that is not a time is rejected",
        arguments: [
            "", "now", "2026-11-20", "21:48:34Z", "1795211314",
            // No offset, or half an offset.
            "2026-11-20T21:48:34", "2026-11-20T21:48:34.123", "2026-11-20T21:48:34+02", "2026-11-20T21:48:34+0200",
            "2026-11-20T21:48:34+2:00", "2026-11-20T21:48:34+24:00", "2026-11-20T21:48:34+00:60",
            "2026-11-20T21:48:34 +00:00", "2026-11-20T21:48:34UTC",
            // Leap seconds, and times of day that do not exist.
            "2016-12-31T23:59:60Z", "2026-11-20T24:00:00Z", "2026-11-20T21:60:00Z", "2026-11-20T21:48:61Z",
            // Days that do not exist.
            "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-04-31T00:00:00Z",
            "2026-01-32T00:00:00Z", "2026-01-00T00:00:00Z", "2026-00-01T00:00:00Z", "2026-13-01T00:00:00Z",
            // Fractions without digits, or with too many.
            "2026-11-20T21:48:34.Z", "2026-11-20T21:48:34.1234567890Z", "2026-11-20T21:48:34,123Z",
            // Wrong widths, and extra characters around the text.
            "26-11-20T21:48:34Z", "2026-1-20T21:48:34Z", "2026-11-20T1:48:34Z", "12026-11-20T21:48:34Z",
            " 2026-11-20T21:48:34Z", "2026-11-20T21:48:34Z ", "2026-11-20T21:48:34Z\n", "+2026-11-20T21:48:34Z",
            "2026-11-20T21:48:34ZZ", "２０２６-11-20T21:48:34Z", "2026-11-20T21:48Z", "2026-11-20_21:48:34Z",
        ])
    func refusal(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test(
        "A time outside the years 1 to 9999 in UTC is rejected: clients could not read it",
        arguments: ["0000-12-31T23:59:59Z", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01"])
    func outsideOfFourDigits(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }
}

@Suite("Writing RFC 3339")
struct TimestampWritingTests {
    @Test(
        "A time is written in UTC with milliseconds",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_795_211_314_123, "2026-11-20T21:48:34.123Z"),
            (1_795_211_314_007, "2026-11-20T21:48:34.007Z"),
            (1_709_164_799_999, "2024-02-28T23:59:59.999Z"),
            (1_709_164_800_000, "2024-02-29T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (-2_203_891_200_001, "1900-02-28T23:59:59.999Z"),
            (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ])
    func writing(milliseconds: Int64, text: String) {
        let time = Timestamp(milliseconds: milliseconds)
        #expect(time.rfc3339 == text)
        #expect("\(time)" == text)
    }

    @Test("A written time reads back as the same moment", arguments: 1...8 as ClosedRange<UInt64>)
    func roundTrip(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let time = Timestamp(
                milliseconds: .random(in: -62_135_596_800_000...253_402_300_799_999, using: &generator))
            #expect(Timestamp(rfc3339: time.rfc3339) == time)
        }
    }
}
