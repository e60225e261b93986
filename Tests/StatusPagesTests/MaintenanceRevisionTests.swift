import StatusPages
import Testing

@Suite("Revising a maintenance")
struct MaintenanceRevisionTests {
    @Test(
        "A maintenance gets the new name and window, and no update is published",
        arguments: Maintenance.Status.allCases)
    func revision(status: Maintenance.Status) throws {
        var course = try MaintenanceCourse(status, at: 150, isAutomated: true, notifies: true)
        let before = course.maintenance
        let ids = course.idCount
        try course.revise(name: "Later", from: 300, to: 400)
        let after = course.maintenance
        #expect(after.name == "Later")
        #expect(after.window == Maintenance.Window(startAt: second(300), endAt: second(400)))
        #expect(after.status == status)
        #expect(after.updates == before.updates)
        #expect(after.publishedAt == before.publishedAt)
        #expect(after.isAutomated)
        #expect(course.idCount == ids)
    }

    @Test("The window of automated work cannot be moved into the past", arguments: [400, 401] as [Int64])
    func past(time: Int64) throws {
        for status in [Maintenance.Status.scheduled, .inProgress] {
            var course = try MaintenanceCourse(status, isAutomated: true)
            let before = course.maintenance
            let faults = try #require(throws: Faults.self) { try course.revise(from: 300, to: 400, at: time) }
            #expect(faults.all.map(\.code) == [.invalidValue])
            #expect(faults.all.map(\.path) == [[.field(.endAt)]])
            #expect(course.maintenance == before)
        }
    }

    @Test("A window can begin in the past if it is not moved, ends in the future, or has no automation left")
    func permittedPast() throws {
        var unmoved = try MaintenanceCourse(isAutomated: true)
        try unmoved.revise(name: "Later", from: 100, to: 200, at: 500)
        #expect(unmoved.maintenance.name == "Later")
        var ahead = try MaintenanceCourse(isAutomated: true)
        try ahead.revise(from: 300, to: 400, at: 399)
        var manual = try MaintenanceCourse()
        try manual.revise(from: 300, to: 400, at: 500)
        var complete = try MaintenanceCourse(isAutomated: true)
        complete.look(at: 200)
        try complete.revise(from: 300, to: 400, at: 500)
        #expect(complete.maintenance.window.endAt == second(400))
    }

    @Test(
        "All problems are reported at once, and nothing changes",
        arguments: [
            (nil, nil, nil, [.name, .startAt, .endAt]), ("x", 300, nil, [.endAt]), ("x", nil, 400, [.startAt]),
            ("", 400, 300, [.name, .endAt]), ("x", 300, 300, [.endAt]),
        ] as [(String?, Int64?, Int64?, [Fault.Field])])
    func faults(name: String?, start: Int64?, end: Int64?, fields: [Fault.Field]) throws {
        let course = try MaintenanceCourse()
        var changed = course
        let faults = try #require(throws: Faults.self) { try changed.revise(name: name, from: start, to: end) }
        #expect(faults.all.map(\.path) == fields.map { [.field($0)] })
        #expect(changed.maintenance == course.maintenance)
    }
}
