import Accounts
import HTTPServer
import HTTPTypes
import StatusPages
import Storage
import Testing

@testable import Dashboard

@Suite("Dashboard maintenances")
struct MaintenanceTests {
    private let list = TestDashboard.maintenances

    /// Sends the form with values, and returns the answer. The test clock shows 2027-01-15 08:00 UTC.
    private func review(_ browser: Browser, _ values: KeyValuePairs<String, String>) throws -> TestPage {
        let common: KeyValuePairs<String, String> = ["name": "New disks", "message": "We replace disks."]
        let form = try #require(try browser.get("\(list)/new").form("\(list)/review"))
        let given = Set(values.map(\.key)).union(common.map(\.key))
        let fields =
            form.filter { !given.contains($0.0) } + (common.map(\.self) + values.map(\.self)).map { ($0.key, $0.value) }
        return try browser.send(.post, "\(list)/review", form: fields)
    }

    @Test("Schedule, move, start, complete")
    func lifetime() throws {
        let test = try TestDashboard()
        let browser = try test.browser(.publisher)
        #expect(try browser.get(list).html.contains("No maintenance yet"))
        #expect(try browser.get("\(list)/new").heading == "Schedule maintenance")
        let login = try test.componentID("Login")
        let review = try review(
            browser,
            [
                "starts": "2027-02-01T23:00", "ends": "2027-02-02T01:30", "time_zone": "Europe/Berlin",
                "component": login.description,
            ])
        #expect(review.status == 200)
        #expect(
            review.texts(of: "dd").prefix(3) == [
                "1 Feb 2027, 23:00 to 2 Feb 2027, 01:30", "1 Feb 2027, 22:00 to 2 Feb 2027, 00:30 UTC", "2 h 30 min",
            ])
        let done = try browser.submit(review, to: list)
        let maintenance = try #require(try test.maintenances().first)
        let one = "\(list)/\(maintenance.id)"
        #expect(done.location == "\(one)?done=scheduled")
        #expect(maintenance.window.startAt.rfc3339 == "2027-02-01T22:00:00.000Z")
        #expect(maintenance.touchedComponents == [login])
        #expect(maintenance.isAutomated && !maintenance.notifiesAutomatically)

        let screen = try browser.get(one)
        #expect(screen.value(of: "starts") == "2027-02-01T22:00")
        let moved = try browser.submit(
            screen, to: "\(one)/move", ["starts": "2027-03-01T10:00", "ends": "2027-03-01T11:00"])
        #expect(moved.location == "\(one)?done=saved")
        let wrong = try browser.submit(screen, to: "\(one)/move", ["ends": "2027-01-01T10:00"])
        #expect(wrong.status == 422 && wrong.faults == ["The end must be after the start."])

        _ = try browser.submit(try browser.get(one), to: "\(one)/start")
        #expect(try test.maintenances()[0].status == .inProgress)
        let again = try browser.submit(screen, to: "\(one)/start")
        #expect(again.faults == ["The maintenance is in progress already."])
        _ = try browser.submit(try browser.get(one), to: "\(one)/complete")
        let complete = try test.maintenances()[0]
        #expect(complete.status == .complete && complete.updates.count == 3)
        #expect(!(try browser.get(one).html.contains("Complete now")))
    }

    @Test(
        "Invalid times are reported at their fields",
        arguments: [
            ("2027-02-01T10:00", "2027-02-01T09:00", "UTC", "ends", "The end must be after the start."),
            (
                "2027-03-28T02:30", "2027-03-28T05:00", "Europe/Berlin", "starts",
                "This time does not exist in Europe/Berlin"
            ),
            (
                "2027-03-28T01:00", "2027-03-28T02:00", "Europe/Berlin", "ends",
                "This time does not exist in Europe/Berlin"
            ),
            ("2027-02-01T10:00", "", "UTC", "ends", "The end is required."),
            ("tomorrow", "2027-02-01T10:00", "UTC", "starts", "Enter a date and a time"),
            ("2027-02-01T10:00", "2027-02-01T11:00", "Mars/Olympus", "time_zone", "Choose a time zone"),
            ("2026-02-01T10:00", "2026-02-01T11:00", "UTC", "ends", "must be in the future"),
        ])
    func times(starts: String, ends: String, zone: String, field: String, message: String) throws {
        let test = try TestDashboard()
        let browser = try test.browser(.publisher)
        let answer = try review(
            browser, ["starts": starts, "ends": ends, "time_zone": zone, "notify_automatically": "on"])
        #expect(answer.status == 422)
        #expect(answer.faults.contains { $0.contains(message) })
        #expect(answer.html.contains("href=\"#\(field)\""))
        let kept = Dictionary(try #require(answer.form("\(list)/review"))) { first, _ in first }
        #expect(kept["starts"] == starts && kept["ends"] == ends && kept["notify_automatically"] == "on")
        #expect(kept["message"] == "We replace disks.")
    }

    @Test("A local time that occurs twice means the first one; fields and texts are in the zone")
    func zones() throws {
        let berlin = try #require(Zone("Europe/Berlin"))
        let twice = try #require(Timestamp(rfc3339: "2027-10-31T00:30:00Z"))
        #expect(berlin.read("2027-10-31T02:30") == .time(twice))
        #expect(berlin.read("2027-10-31T02:30:00") == .time(twice))
        #expect(berlin.read("") == .missing && berlin.read("x") == .malformed)
        #expect(berlin.field(twice) == "2027-10-31T02:30")
        #expect(berlin.text(twice) == "31 Oct 2027, 02:30")
        #expect(Zone("Nowhere/Else") == nil)
        #expect(Zone.names.contains("Asia/Kathmandu"))
        // A day that a zone skipped.
        let apia = try #require(Zone("Pacific/Apia"))
        #expect(apia.read("2011-12-30T12:00") == .skipped)
    }
}
