import CivilCalendar
import Testing

@Suite("Calendar dates")
struct CivilDateTests {
    @Test(
        "A date has a number of days since 1970, and a weekday",
        arguments: [
            (1970, 1, 1, 0, 4), (1969, 12, 31, -1, 3), (1970, 1, 4, 3, 0), (2000, 2, 29, 11_016, 2),
            (2000, 3, 1, 11_017, 3), (2026, 11, 30, 20_787, 1), (2100, 3, 1, 47_541, 1), (1, 1, 1, -719_162, 1),
            (0, 12, 31, -719_163, 0), (0, 2, 29, -719_469, 2), (-1, 12, 31, -719_529, 5), (9999, 12, 31, 2_932_896, 5),
        ])
    func days(year: Int, month: Int, day: Int, days: Int, weekday: Int) throws {
        let date = try #require(CivilDate(year: year, month: month, day: day))
        #expect(date.daysSince1970 == days)
        #expect(CivilDate(daysSince1970: days) == date)
        #expect(date.weekday == weekday)
    }

    @Test("Consecutive numbers are consecutive days of months with their lengths")
    func sequence() {
        // Leap centuries and common ones, before and after 1970.
        var last = CivilDate(daysSince1970: -180_000)
        for number in -179_999...60_000 {
            let date = CivilDate(daysSince1970: number)
            let isNewMonth = last.day == CivilDate.days(inMonth: last.month, of: last.year)
            let isNewYear = isNewMonth && last.month == 12
            let isNext =
                date.day == (isNewMonth ? 1 : last.day + 1)
                && date.month == (isNewYear ? 1 : isNewMonth ? last.month + 1 : last.month)
                && date.year == (isNewYear ? last.year + 1 : last.year)
            // An expectation for each day would flood the log.
            guard isNext, date.daysSince1970 == number, last < date else {
                Issue.record("\(date) follows \(last)")
                return
            }
            last = date
        }
        #expect(last == CivilDate(daysSince1970: 60_000))
    }

    @Test(
        "A month has its length",
        arguments: [
            (2026, [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]),
            (2024, [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]),
            (2000, [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]),
            (2100, [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]),
        ])
    func months(year: Int, lengths: [Int]) {
        #expect((1...12).map { CivilDate.days(inMonth: $0, of: year) } == lengths)
    }

    @Test(
        "A day that does not exist is not a date",
        arguments: [
            (2026, 0, 1), (2026, 13, 1), (2026, 1, 0), (2026, 1, 32), (2026, 4, 31), (2026, 2, 29), (2100, 2, 29),
            (2024, 2, 30), (2026, -1, 1), (2026, 1, -1),
        ])
    func missing(year: Int, month: Int, day: Int) {
        #expect(CivilDate(year: year, month: month, day: day) == nil)
    }
}
