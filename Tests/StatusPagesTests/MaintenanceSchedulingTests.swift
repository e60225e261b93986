import StatusPages
import Testing

@Suite("Scheduling a maintenance")
struct MaintenanceSchedulingTests {
    /// The problems of the valid command after a change. The command must not use any id.
    private func faults(
        on page: StatusPage? = Fixture.page, _ change: (inout MaintenanceCreation) -> Void
    ) throws -> [Fault] {
        var command = MaintenanceCourse.sound
        change(&command)
        let ids = Sequencer()
        let faults = try #require(throws: Faults.self) {
            try Maintenance.schedule(command, on: page, at: second(0), newID: ids.next)
        }
        #expect(ids.count == 0)
        return faults.all
    }

    @Test("A maintenance and its first update have the same time", arguments: [false, true])
    func scheduling(flag: Bool) throws {
        let course = try MaintenanceCourse(
            affecting: [Fixture.search, Fixture.api], isAutomated: flag, notifies: flag)
        let maintenance = course.maintenance
        #expect(maintenance.id == id(1_001))
        #expect(maintenance.pageID == Fixture.page.id)
        #expect(maintenance.name == "Upgrade")
        #expect(maintenance.publishedAt == second(0))
        #expect(maintenance.window == Maintenance.Window(startAt: second(100), endAt: second(200)))
        #expect(maintenance.isAutomated == flag)
        let first = MaintenanceUpdate(
            id: id(1_002), publishedAt: second(0), message: "We upgrade.", status: .scheduled,
            componentStatuses: [Fixture.search.id, Fixture.api.id].map { change($0, .underMaintenance) },
            notifiesSubscribers: flag)
        #expect(maintenance.updates == [first])
    }

    @Test(
        "The first update lists the component statuses",
        arguments: [
            (.scheduled, .underMaintenance), (.inProgress, .underMaintenance), (.complete, .operational),
        ] as [(Maintenance.Status, MaintenanceComponentStatus)])
    func firstUpdate(status: Maintenance.Status, expected: MaintenanceComponentStatus) throws {
        let maintenance = try MaintenanceCourse(status, at: 150).maintenance
        #expect(maintenance.status == status)
        #expect(maintenance.updates.first?.status == status)
        #expect(maintenance.updates.first?.componentStatuses == [change(Fixture.api.id, expected)])
    }

    @Test("The window must end after its start", arguments: [100, 99, -100] as [Int64])
    func window(end: Int64) throws {
        let faults = try faults { $0.window.endAt = second(end) }
        #expect(faults.map(\.code) == [.invalidValue])
        #expect(faults.map(\.path) == [[.field(.endAt)]])
    }

    @Test(
        "Automated work in the past is rejected, unless it is complete",
        arguments: [-1, 0, 1] as [Int64], Maintenance.Status.allCases)
    func past(end: Int64, status: Maintenance.Status) throws {
        var command = MaintenanceCourse.sound
        command.status = status
        command.window = MaintenanceWindowDraft(startAt: second(-10), endAt: second(end))
        for isAutomated in [false, true] {
            command.isAutomated = isAutomated
            let result = Result { () throws(Faults) in
                try Maintenance.schedule(command, on: Fixture.page, at: second(0), newID: Sequencer().next)
            }
            let isRefused = isAutomated && end <= 0 && status != .complete
            if case .failure(let faults) = result {
                #expect(isRefused)
                #expect(faults.all.map(\.code) == [.invalidValue])
                #expect(faults.all.map(\.path) == [[.field(.endAt)]])
            } else {
                #expect(!isRefused)
            }
        }
    }

    @Test("Components must be on the page and must not repeat")
    func components() throws {
        let faults = try faults {
            $0.affectedComponents = [Fixture.api.id, id(99), Fixture.api.id].map(\.description) + ["nonsense"]
        }
        #expect(faults.map(\.code) == [.unknownComponent, .invalidValue, .unknownComponent])
        #expect(faults.map(\.path) == [1, 2, 3].map { [.field(.affectedComponentIDs), .index($0)] })
    }

    @Test("All missing fields are reported at once")
    func missing() throws {
        let faults = try faults {
            $0 = MaintenanceCreation(
                name: nil, status: nil, message: nil, idempotencyKey: nil, affectedComponents: nil,
                window: MaintenanceWindowDraft(startAt: nil, endAt: nil), notifiesSubscribers: nil, isAutomated: false)
        }
        #expect(Set(faults.map(\.code)) == [.required])
        #expect(
            faults.map(\.path) == [
                [.field(.name)], [.field(.message)], [.field(.idempotencyKey)], [.field(.maintenanceStatus)],
                [.field(.notifySubscribers)], [.field(.affectedComponentIDs)], [.field(.startAt)], [.field(.endAt)],
            ])
    }

    @Test("All problems are reported at once")
    func wrong() throws {
        let faults = try faults {
            $0.name = String(repeating: "x", count: 201)
            $0.message = " "
            $0.idempotencyKey = String(repeating: "x", count: 256)
            $0.affectedComponents = ["nonsense"]
            $0.window.endAt = second(0)
        }
        #expect(faults.map(\.code) == [.tooLong, .tooShort, .tooLong, .unknownComponent, .invalidValue])
    }

    @Test("Without a page, everything else is checked anyway")
    func withoutPage() throws {
        #expect(try faults(on: nil) { _ in }.isEmpty)
        #expect(try faults(on: nil) { $0.window.startAt = nil }.map(\.path) == [[.field(.startAt)]])
    }
}
