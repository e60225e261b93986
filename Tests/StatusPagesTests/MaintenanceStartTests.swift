import StatusPages
import Testing

@Suite("When a maintenance began")
struct MaintenanceStartTests {
    @Test(
        "The start is the planned one, or an earlier actual one",
        arguments: [([], 100), ([50], 50), ([150], 100), ([50, 80], 50)] as [([Int64], Int64)])
    func start(times: [Int64], expected: Int64) throws {
        var course = try MaintenanceCourse()
        for time in times { try course.publish(.inProgress, at: time) }
        #expect(course.maintenance.startedAt == second(expected))
    }

    @Test("The automatic update is not published before the start")
    func automated() throws {
        var course = try MaintenanceCourse(isAutomated: true)
        course.look(at: 110)
        #expect(course.maintenance.startedAt == second(100))
    }
}
