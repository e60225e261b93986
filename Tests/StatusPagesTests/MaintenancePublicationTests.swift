import StatusPages
import Testing

@Suite("Publishing an update to a maintenance")
struct MaintenancePublicationTests {
    /// The problems of an update, which must leave the maintenance unchanged.
    private func faults(
        of course: MaintenanceCourse, _ status: Maintenance.Status? = nil, _ drafts: [MaintenanceDraft]? = nil,
        message: String? = "News.", notifies: Bool? = false
    ) throws -> [Fault] {
        var changed = course
        let before = course.idCount
        let faults = try #require(throws: Faults.self) {
            try changed.publish(status, drafts, at: 150, message: message, notifies: notifies)
        }
        #expect(changed.maintenance == course.maintenance)
        #expect(changed.idCount == before)
        return faults.all
    }

    @Test("An update is the maintenance's last and gives it its status")
    func update() throws {
        var course = try MaintenanceCourse()
        let update = try course.publish(
            .inProgress, [draft(Fixture.mail.id, .underMaintenance)], at: 100, notifies: true)
        #expect(course.maintenance.updates.last == update)
        #expect(course.maintenance.updates.count == 2)
        #expect(course.maintenance.status == .inProgress)
        #expect(course.maintenance.publishedAt == second(0))
        #expect(
            update
                == MaintenanceUpdate(
                    id: id(1_003), publishedAt: second(100), message: "News.", status: .inProgress,
                    componentStatuses: [change(Fixture.mail.id, .underMaintenance)], notifiesSubscribers: true))
    }

    @Test("Without a status the status does not change", arguments: Maintenance.Status.allCases)
    func unchangedStatus(status: Maintenance.Status) throws {
        var course = try MaintenanceCourse(status)
        let periods = course.periods
        let update = try course.publish(at: 150)
        #expect(update.status == status)
        #expect(update.componentStatuses.isEmpty)
        #expect(course.maintenance.status == status)
        #expect(course.periods == periods)
    }

    @Test(
        "Any status can follow any other", arguments: Maintenance.Status.allCases, Maintenance.Status.allCases)
    func anyOrder(from: Maintenance.Status, to: Maintenance.Status) throws {
        var course = try MaintenanceCourse(from)
        #expect(try course.publish(to, at: 150).status == to)
        #expect(course.maintenance.status == to)
    }

    @Test("Completion makes all components named so far operational, and lists them each time")
    func completion() throws {
        var course = try MaintenanceCourse(affecting: [Fixture.mail])
        try course.publish(.inProgress, [draft(Fixture.website.id, .operational)], at: 100)
        let update = try course.publish(.complete, at: 150)
        #expect(
            update.componentStatuses == [
                change(Fixture.mail.id, .operational), change(Fixture.website.id, .operational),
            ])
        #expect(try course.publish(.complete, at: 160).componentStatuses == update.componentStatuses)
    }

    @Test(
        "Component statuses must not be sent with completion, not even an empty list",
        arguments: [[], [Fixture.api.id]])
    func componentsWithCompletion(components: [ID<Component>]) throws {
        let faults = try faults(of: MaintenanceCourse(), .complete, components.map { draft($0, .operational) })
        #expect(faults.map(\.code) == [.invalidValue])
        #expect(faults.map(\.path) == [[.field(.componentStatuses)]])
    }

    @Test(
        "A complete maintenance accepts no components unless it is reopened", arguments: [[], [Fixture.api.id]])
    func componentsAfterCompletion(components: [ID<Component>]) throws {
        var course = try MaintenanceCourse(.complete)
        let drafts = components.map { draft($0, .underMaintenance) }
        let faults = try faults(of: course, nil, drafts)
        #expect(faults.map(\.code) == [.invalidValue])
        #expect(faults.map(\.path) == [[.field(.componentStatuses)]])
        #expect(try course.publish(.inProgress, drafts, at: 150).status == .inProgress)
    }

    @Test("A maintenance accepts a hundred updates, and one more that completes it")
    func hundredUpdates() throws {
        var course = try MaintenanceCourse()
        for _ in 1..<100 { try course.publish(at: 50) }
        #expect(course.maintenance.updates.count == 100)
        for status in [nil, Maintenance.Status.inProgress] {
            let faults = try faults(of: course, status)
            #expect(faults.map(\.code) == [.tooManyUpdates])
            #expect(faults.map(\.path) == [[]])
        }
        try course.publish(.complete, at: 150)
        #expect(course.maintenance.updates.count == 101)
        #expect(course.maintenance.periods.allSatisfy { !$0.isOpen })
        for status in [nil] + Maintenance.Status.allCases {
            #expect(try faults(of: course, status).map(\.code) == [.tooManyUpdates])
        }
    }

    @Test("An update is never earlier than the previous update, and periods use its time")
    func clockStepsBack() throws {
        var course = try MaintenanceCourse()
        #expect(try course.publish(.inProgress, at: 150).publishedAt == second(150))
        let update = try course.publish(.complete, at: 120)
        #expect(update.publishedAt == second(150))
        #expect(course.periods == ["API 100–150"])
    }

    @Test("All problems are reported at once")
    func allFaults() throws {
        var course = try MaintenanceCourse()
        for _ in 1..<100 { try course.publish(at: 50) }
        let faults = try faults(
            of: course, .inProgress,
            [
                draft(id(99), .operational), draft(Fixture.api.id, .operational), draft(Fixture.api.id, .operational),
                MaintenanceDraft(componentID: nil, status: nil),
            ], message: " ", notifies: nil)
        #expect(
            faults.map(\.code) == [
                .tooShort, .required, .unknownComponent, .invalidValue, .required, .required, .tooManyUpdates,
            ])
    }

    @Test("A command is checked without a maintenance")
    func ownFaults() {
        let command = MaintenancePublication(
            message: nil, status: .complete, componentStatuses: [], notifiesSubscribers: nil)
        #expect(
            command.faults.map(\.path) == [
                [.field(.message)], [.field(.notifySubscribers)], [.field(.componentStatuses)],
            ])
    }
}
