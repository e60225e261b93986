import StatusPages
import Testing

@Suite("Publishing an update")
struct IncidentPublicationTests {
    private let ids = Sequencer()

    /// An incident in which the API is down, declared at second 0.
    private func ongoing() throws -> Incident {
        try Incident.declare(
            IncidentCreation(
                name: "Down", status: .investigating, message: "m", idempotencyKey: "k", notifiesSubscribers: false,
                componentStatuses: [draft(Fixture.api.id, .fullOutage), draft(Fixture.mail.id, .operational)]),
            on: Fixture.page, at: second(0), newID: ids.next)
    }

    @discardableResult
    private func publish(
        to incident: inout Incident, _ status: Incident.Status? = nil, _ drafts: [ComponentStatusDraft]? = nil,
        at time: Timestamp = second(60), message: String? = "More.", notifies: Bool? = false
    ) throws(Faults) -> IncidentUpdate {
        try incident.publish(
            IncidentPublication(
                message: message, status: status, componentStatuses: drafts, notifiesSubscribers: notifies),
            page: Fixture.page, at: time, newID: ids.next)
    }

    /// The problems of a publication, which must leave the incident unchanged.
    private func faults(
        of incident: Incident, _ status: Incident.Status? = nil, _ drafts: [ComponentStatusDraft]? = nil,
        message: String? = "More.", notifies: Bool? = false
    ) throws -> [Fault] {
        var changed = incident
        let before = ids.count
        let faults = try #require(throws: Faults.self) {
            try publish(to: &changed, status, drafts, message: message, notifies: notifies)
        }
        #expect(changed == incident)
        #expect(ids.count == before)
        return faults.all
    }

    @Test("An update is the incident's last and gives it its status")
    func update() throws {
        var incident = try ongoing()
        let update = try publish(
            to: &incident, .identified, [draft(Fixture.api.id, .partialOutage)], notifies: true)
        #expect(incident.updates.last == update)
        #expect(incident.updates.count == 2)
        #expect(incident.status == .identified)
        #expect(incident.publishedAt == second(0))
        #expect(update.publishedAt == second(60))
        #expect(update.message == "More.")
        #expect(update.notifiesSubscribers)
        #expect(update.componentStatuses == [change(Fixture.api.id, .partialOutage)])
    }

    @Test("Without a status the status does not change", arguments: Incident.Status.allCases)
    func unchangedStatus(status: Incident.Status) throws {
        var incident = try ongoing()
        try publish(to: &incident, status)
        #expect(try publish(to: &incident).status == status)
        #expect(incident.status == status)
    }

    @Test("Resolving makes all components named so far operational, and lists them")
    func resolving() throws {
        var incident = try ongoing()
        try publish(to: &incident, nil, [draft(Fixture.website.id, .degradedPerformance)])
        let update = try publish(to: &incident, .resolved, at: second(120))
        #expect(
            update.componentStatuses == [
                change(Fixture.api.id, .operational), change(Fixture.mail.id, .operational),
                change(Fixture.website.id, .operational),
            ])
        #expect(incident.status == .resolved)
        #expect(incident.timeline.impacts.map(\.endAt) == [second(120), second(120)])
    }

    @Test("Resolving again lists all components again, and ends no impact twice")
    func resolvingAgain() throws {
        var incident = try ongoing()
        let first = try publish(to: &incident, .resolved)
        let second = try publish(to: &incident, .resolved, at: StatusPagesTests.second(120))
        #expect(second.componentStatuses == first.componentStatuses)
        #expect(incident.timeline.impacts.map(\.endAt) == [StatusPagesTests.second(60)])
    }

    @Test(
        "Component statuses must not be sent with resolved, not even an empty list", arguments: [[], [Fixture.api.id]])
    func componentsWithResolved(components: [ID<Component>]) throws {
        let faults = try faults(of: ongoing(), .resolved, components.map { draft($0, .operational) })
        #expect(faults.map(\.code) == [.invalidValue])
        #expect(faults.map(\.path) == [[.field(.componentStatuses)]])
    }

    @Test("Another status reopens a resolved incident", arguments: [Incident.Status.investigating, .monitoring])
    func reopening(status: Incident.Status) throws {
        var incident = try ongoing()
        try publish(to: &incident, .resolved)
        try publish(to: &incident, status, [draft(Fixture.api.id, .partialOutage)], at: second(120))
        #expect(incident.status == status)
        #expect(
            incident.timeline.impacts == [
                ComponentImpact(
                    componentID: Fixture.api.id, status: .fullOutage, startAt: second(0), endAt: second(60)),
                ComponentImpact(componentID: Fixture.api.id, status: .partialOutage, startAt: second(120), endAt: nil),
            ])
    }

    @Test("Reopening without components affects none")
    func reopeningWithoutComponents() throws {
        var incident = try ongoing()
        try publish(to: &incident, .resolved)
        try publish(to: &incident, .investigating, at: second(120))
        #expect(incident.timeline.current.allSatisfy { $0.status == .operational })
    }

    @Test("A resolved incident accepts updates without a status, but no components", arguments: [[], [Fixture.api.id]])
    func notes(components: [ID<Component>]) throws {
        var incident = try ongoing()
        try publish(to: &incident, .resolved)
        let note = try publish(to: &incident)
        #expect(note.componentStatuses.isEmpty)
        #expect(incident.status == .resolved)
        let faults = try faults(of: incident, nil, components.map { draft($0, .operational) })
        #expect(faults.map(\.code) == [.invalidValue])
        #expect(faults.map(\.path) == [[.field(.componentStatuses)]])
    }

    @Test("An incident accepts a hundred updates, and one more that resolves it")
    func hundredUpdates() throws {
        var incident = try ongoing()
        for _ in 1..<100 { try publish(to: &incident) }
        #expect(incident.updates.count == 100)
        for status in [nil, Incident.Status.monitoring] {
            let faults = try faults(of: incident, status)
            #expect(faults.map(\.code) == [.tooManyUpdates])
            #expect(faults.map(\.path) == [[]])
        }
        try publish(to: &incident, .resolved)
        #expect(incident.updates.count == 101)
        #expect(incident.timeline.impacts.allSatisfy { $0.endAt != nil })
        for status in [nil] + Incident.Status.allCases {
            #expect(try faults(of: incident, status).map(\.code) == [.tooManyUpdates])
        }
    }

    @Test("An update is never earlier than the previous update")
    func clockStepsBack() throws {
        var incident = try ongoing()
        #expect(try publish(to: &incident, at: second(-60)).publishedAt == second(0))
        #expect(try publish(to: &incident, at: second(30)).publishedAt == second(30))
        #expect(try publish(to: &incident, at: second(29)).publishedAt == second(30))
    }

    @Test("All problems are reported at once")
    func allFaults() throws {
        var incident = try ongoing()
        for _ in 1..<100 { try publish(to: &incident) }
        let faults = try faults(
            of: incident, .monitoring,
            [
                draft(id(99), .operational), draft(Fixture.api.id, .operational), draft(Fixture.api.id, .operational),
                ComponentStatusDraft(componentID: nil, status: nil),
            ], message: " ", notifies: nil)
        #expect(
            faults.map(\.code) == [
                .tooShort, .required, .unknownComponent, .invalidValue, .required, .required, .tooManyUpdates,
            ])
    }

    @Test("A command is checked without an incident")
    func ownFaults() {
        let command = IncidentPublication(
            message: nil, status: nil, componentStatuses: nil, notifiesSubscribers: nil)
        #expect(command.faults.map(\.path) == [[.field(.message)], [.field(.notifySubscribers)]])
    }
}
