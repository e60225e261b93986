import StatusPages
import Testing

@Suite("An automated maintenance")
struct MaintenanceAutomationTests {
    @Test("An automated maintenance starts and completes with its window, once each")
    func course() throws {
        var course = try MaintenanceCourse(isAutomated: true)
        #expect(course.maintenance.nextAutomation == second(100))
        #expect(course.look(at: 99).isEmpty)
        let beginning = course.look(at: 100)
        #expect(beginning.map(\.status) == [.inProgress])
        #expect(course.maintenance.status == .inProgress)
        #expect(course.maintenance.nextAutomation == second(200))
        #expect(course.look(at: 100).isEmpty)
        #expect(course.look(at: 199).isEmpty)
        let end = course.look(at: 200)
        #expect(end.map(\.status) == [.complete])
        #expect(end.first?.componentStatuses == [change(Fixture.api.id, .operational)])
        #expect(course.maintenance.nextAutomation == nil)
        #expect(course.look(at: 300).isEmpty)
        #expect(course.maintenance.updates.count == 3)
        #expect(course.periods == ["API 100–200"])
    }

    @Test("After a long downtime both updates are published in order, and the periods end as planned")
    func absence() throws {
        var course = try MaintenanceCourse(isAutomated: true)
        let published = course.look(at: 10_000)
        #expect(published.map(\.status) == [.inProgress, .complete])
        #expect(published.map(\.publishedAt) == [second(10_000), second(10_000)])
        #expect(published.allSatisfy { !$0.message.isEmpty })
        #expect(course.periods == ["API 100–200"])
    }

    @Test("A maintenance that is not automated does not change by itself", arguments: Maintenance.Status.allCases)
    func notAutomated(status: Maintenance.Status) throws {
        var course = try MaintenanceCourse(status)
        #expect(course.maintenance.nextAutomation == nil)
        #expect(course.look(at: 10_000).isEmpty)
    }

    @Test(
        "Automation only moves a maintenance forwards from its initial status",
        arguments: [
            (.scheduled, [.inProgress, .complete]), (.inProgress, [.complete]), (.complete, []),
        ] as [(Maintenance.Status, [Maintenance.Status])])
    func forwards(status: Maintenance.Status, expected: [Maintenance.Status]) throws {
        var course = try MaintenanceCourse(status, isAutomated: true)
        #expect(course.look(at: 10_000).map(\.status) == expected)
    }

    @Test(
        "A published status ends the automation, even the same status", arguments: [0, 150] as [Int64])
    func turnedOff(time: Int64) throws {
        for status in Maintenance.Status.allCases {
            var course = try MaintenanceCourse(isAutomated: true)
            course.look(at: time)
            try course.publish(status, at: time)
            #expect(!course.maintenance.isAutomated)
            #expect(course.look(at: 10_000).isEmpty)
        }
    }

    @Test("An update without a status does not end the automation")
    func notes() throws {
        var course = try MaintenanceCourse(isAutomated: true)
        try course.publish(at: 50)
        try course.publish(nil, [draft(Fixture.mail.id, .underMaintenance)], at: 60)
        #expect(course.maintenance.isAutomated)
        #expect(course.look(at: 10_000).map(\.status) == [.inProgress, .complete])
        #expect(course.periods == ["API 100–200", "Mail 100–200"])
    }

    @Test("Automation follows a moved window, and never returns to an earlier status")
    func moved() throws {
        var course = try MaintenanceCourse(isAutomated: true)
        try course.revise(from: 300, to: 400)
        #expect(course.look(at: 299).isEmpty)
        #expect(course.look(at: 300).map(\.status) == [.inProgress])
        try course.revise(from: 500, to: 600)
        #expect(course.look(at: 550).isEmpty)
        #expect(course.look(at: 600).map(\.status) == [.complete])
        try course.revise(from: 700, to: 800)
        #expect(course.look(at: 10_000).isEmpty)
    }

    @Test("A late completion drops periods that began after the window")
    func lateCompletion() throws {
        var course = try MaintenanceCourse(isAutomated: true)
        course.look(at: 100)
        try course.publish(nil, [draft(Fixture.mail.id, .underMaintenance)], at: 250)
        course.look(at: 300)
        #expect(course.periods == ["API 100–200"])
    }

    @Test("Automatic updates notify as the command says, or as a later revision says", arguments: [false, true])
    func ownNotification(notifies: Bool) throws {
        var command = MaintenanceCourse.sound
        (command.isAutomated, command.notifiesSubscribers, command.notifiesAutomatically) = (true, !notifies, notifies)
        let ids = Sequencer()
        var maintenance = try Maintenance.schedule(command, on: Fixture.page, at: second(0), newID: ids.next)
        #expect(maintenance.automate(at: second(100), newID: ids.next)?.notifiesSubscribers == notifies)
        let window = MaintenanceWindowDraft(startAt: second(100), endAt: second(200))
        try maintenance.revise(
            MaintenanceRevision(name: "Upgrade", window: window, notifiesAutomatically: !notifies), at: second(150))
        #expect(maintenance.revisedAt == nil)
        try maintenance.revise(MaintenanceRevision(name: "Upgrade", window: window), at: second(150))
        #expect(maintenance.automate(at: second(200), newID: ids.next)?.notifiesSubscribers == !notifies)
    }

    @Test("Automatic updates notify if the first update did", arguments: [false, true])
    func notification(notifies: Bool) throws {
        var course = try MaintenanceCourse(isAutomated: true, notifies: notifies)
        try course.publish(at: 50, notifies: !notifies)
        #expect(course.look(at: 10_000).map(\.notifiesSubscribers) == [notifies, notifies])
    }

    @Test("The limit of 100 updates does not stop the automation")
    func limit() throws {
        var course = try MaintenanceCourse(isAutomated: true)
        for _ in 1..<100 { try course.publish(at: 50) }
        #expect(course.look(at: 10_000).map(\.status) == [.inProgress, .complete])
        #expect(course.maintenance.updates.count == 102)
    }

    @Test("The limit does not stop a manual completion either")
    func limitByHand() throws {
        var course = try MaintenanceCourse(isAutomated: true)
        for _ in 1..<100 { try course.publish(at: 50) }
        course.look(at: 100)
        try course.publish(.complete, at: 150)
        #expect(course.maintenance.updates.count == 102)
    }

    @Test("An automatic update is never earlier than the previous update")
    func clockStepsBack() throws {
        var course = try MaintenanceCourse(at: 150, isAutomated: true)
        #expect(course.look(at: 120).map(\.publishedAt) == [second(150)])
    }
}
