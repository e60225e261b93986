import Testing

@testable import HTTPServer

@Suite("HTTP dates")
struct HTTPDateTests {
    private static let dates = [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        (1_735_689_599, "Tue, 31 Dec 2024 23:59:59 GMT"),
        (4_102_444_800, "Fri, 01 Jan 2100 00:00:00 GMT"),
        (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
        (-62_135_596_800, "Mon, 01 Jan 0001 00:00:00 GMT"),
    ]

    @Test("A time is written in the preferred form", arguments: dates)
    func format(_ seconds: Int, _ text: String) {
        #expect(HTTPDate.format(seconds) == text)
    }

    @Test("The preferred form is read", arguments: dates)
    func parse(_ seconds: Int, _ text: String) {
        #expect(HTTPDate.parse(text) == seconds)
    }

    @Test(
        "The two obsolete forms are read as well",
        arguments: [
            ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777), ("Sun Nov  6 08:49:37 1994", 784_111_777),
            ("Wed Nov 16 08:49:37 1994", 784_975_777), ("Thursday, 01-Jan-70 00:00:00 GMT", 0),
            // A year is at most 50 years ahead of 2026: 76 means 2076, but 77 means 1977.
            ("Wednesday, 01-Jan-76 00:00:00 GMT", 3_345_062_400), ("Saturday, 01-Jan-77 00:00:00 GMT", 220_924_800),
        ])
    func obsolete(_ text: String, _ seconds: Int) {
        #expect(HTTPDate.parse(text, now: text.contains("-70") ? 0 : 1_790_000_000) == seconds)
    }

    @Test("A written date reads back as the same time")
    func roundTrip() {
        let seconds = stride(from: 0, to: 5_000_000_000, by: 86_399 * 97)
        #expect(seconds.allSatisfy { HTTPDate.parse(HTTPDate.format($0)) == $0 })
    }

    @Test(
        "Anything else is not a date",
        arguments: [
            "", "now", "784111777", "Sun, 06-Nov-94 08:49:37 GMT", "Sunday, 06-Nov-1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37", "Sunday, 6-Nov-94 08:49:37 GMT", "Sun Nov 6 08:49:37 1994",
            "Sun Nov 06 08:49:37 94", "Sun Nov  6 08:49:37 1994 GMT", "Sunday Nov  6 08:49:37 1994",
            "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37", "Sun, 6 Nov 1994 08:49:37 GMT",
            "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov 94 08:49:37 GMT", "Sun, 06 Nov 1994 8:49:37 GMT",
            "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:00 GMT", "Sun, 06 Nov 1994 08:49:61 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 32 Nov 1994 08:49:37 GMT", "Wed, 30 Feb 2000 00:00:00 GMT",
            "Mon, 29 Feb 2100 00:00:00 GMT",
            "Thu, 31 Apr 1994 08:49:37 GMT", "Sun, +6 Nov 1994 08:49:37 GMT",
            "Sun  06 Nov 1994 08:49:37 GMT", "Son, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT ",
            " Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT", "Sun, 06 Nov 1994 08:49:37:00 GMT",
        ])
    func refused(_ text: String) {
        #expect(HTTPDate.parse(text) == nil)
    }
}
