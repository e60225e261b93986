import StatusPages
import Testing

@Suite("When a maintenance began")
struct MaintenanceStartTests {
    @Test(
        "As planned, or when it went in progress, if that was earlier",
        arguments: [([], 100), ([50], 50), ([150], 100), ([50, 80], 50)] as [([Int64], Int64)])
    func start(times: [Int64], expected: Int64) throws {
        var course = try MaintenanceCourse()
        for time in times { try course.publish(.inProgress, at: time) }
        #expect(course.maintenance.startedAt == second(expected))
    }

    @Test("The clock's update comes at the start at the earliest")
    func automated() throws {
        var course = try MaintenanceCourse(isAutomated: true)
        course.look(at: 110)
        #expect(course.maintenance.startedAt == second(100))
    }
}
