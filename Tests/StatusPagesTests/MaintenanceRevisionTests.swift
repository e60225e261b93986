import StatusPages
import Testing

@Suite("Revising a maintenance")
struct MaintenanceRevisionTests {
    @Test("It gets its name and window, and publishes nothing", arguments: Maintenance.Status.allCases)
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

    @Test(
        "All that is wrong is told at once, and nothing changes",
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
