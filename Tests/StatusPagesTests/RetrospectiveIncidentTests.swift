import StatusPages
import Testing

@Suite("Recording a past incident")
struct RetrospectiveIncidentTests {
    private typealias Update = RetrospectiveCreation.Update

    /// An update at a second before now, which is second 0.
    private static func update(
        _ status: Incident.Status?, at time: Int64?, _ drafts: [ComponentStatusDraft]? = nil, message: String? = "m"
    ) -> RetrospectiveCreation.Update {
        Update(status: status, message: message, publishedAt: time.map(second), componentStatuses: drafts)
    }

    private func record(
        _ updates: [RetrospectiveCreation.Update]?, name: String? = "Over", key: String? = "k",
        on page: StatusPage? = Fixture.page
    ) throws(Faults) -> Incident {
        let ids = Sequencer()
        return try Incident.record(
            RetrospectiveCreation(name: name, idempotencyKey: key, updates: updates), on: page, at: second(0),
            newID: ids.next)
    }

    private func faults(
        _ updates: [RetrospectiveCreation.Update]?, name: String? = "Over", key: String? = "k",
        on page: StatusPage? = Fixture.page
    ) throws -> [Fault] {
        try #require(throws: Faults.self) { try record(updates, name: name, key: key, on: page) }.all
    }

    private static func place(_ index: Int, _ field: Fault.Field) -> [Fault.Step] {
        [.field(.updates), .index(index), .field(field)]
    }

    @Test("A past incident has the given updates and times, and notifies nobody")
    func recording() throws {
        let incident = try record([
            Self.update(.investigating, at: -300, [draft(Fixture.api.id, .fullOutage)]),
            Self.update(.monitoring, at: -200, [draft(Fixture.api.id, .operational)]),
            Self.update(.monitoring, at: -150, [draft(Fixture.mail.id, .partialOutage)]),
            Self.update(.resolved, at: -100),
        ])
        #expect(incident.publishedAt == second(-300))
        #expect(incident.status == .resolved)
        #expect(incident.updates.map(\.publishedAt) == [-300, -200, -150, -100].map(second))
        #expect(incident.updates.map(\.status) == [.investigating, .monitoring, .monitoring, .resolved])
        #expect(incident.updates.allSatisfy { !$0.notifiesSubscribers })
        #expect(
            incident.updates.last?.componentStatuses == [
                change(Fixture.api.id, .operational), change(Fixture.mail.id, .operational),
            ])
        #expect(incident.timeline.impacts.map(\.startAt) == [second(-300), second(-150)])
        #expect(incident.timeline.impacts.map(\.endAt) == [second(-200), second(-100)])
    }

    @Test("One update is enough, if it resolves")
    func oneUpdate() throws {
        let incident = try record([Self.update(.resolved, at: -1, [draft(Fixture.api.id, .operational)])])
        #expect(incident.updates.map(\.componentStatuses) == [[change(Fixture.api.id, .operational)]])
        let faults = try faults([Self.update(.resolved, at: -1, [draft(Fixture.api.id, .fullOutage)])])
        #expect(faults.map(\.path) == [Self.place(0, .componentStatuses) + [.index(0), .field(.componentStatus)]])
    }

    @Test("A past incident can be resolved and reopened in between")
    func reopened() throws {
        let incident = try record([
            Self.update(.investigating, at: -300, [draft(Fixture.api.id, .fullOutage)]),
            Self.update(.resolved, at: -200),
            Self.update(.identified, at: -150, [draft(Fixture.api.id, .partialOutage)]),
            Self.update(.resolved, at: -100),
        ])
        #expect(incident.timeline.impacts.map(\.endAt) == [second(-200), second(-100)])
    }

    @Test("Updates can have the same time, but must be in chronological order")
    func order() throws {
        #expect(
            try record([Self.update(.identified, at: -5), Self.update(.resolved, at: -5)]).updates.count == 2)
        let faults = try faults([
            Self.update(.investigating, at: -5), Self.update(.identified, at: -9), Self.update(.resolved, at: -7),
        ])
        #expect(faults.map(\.code) == [.invalidValue, .invalidValue])
        #expect(faults.map(\.path) == [Self.place(1, .publishedAt), Self.place(2, .publishedAt)])
    }

    @Test("All updates must be in the past")
    func future() throws {
        #expect(
            try faults([Self.update(.identified, at: -1), Self.update(.resolved, at: 1)]).map(\.path)
                == [Self.place(1, .publishedAt)])
    }

    @Test(
        "The last update must resolve the incident",
        arguments: [Incident.Status.investigating, .identified, .monitoring])
    func unresolved(status: Incident.Status) throws {
        let faults = try faults([Self.update(.resolved, at: -2), Self.update(status, at: -1)])
        #expect(faults.map(\.code) == [.invalidValue])
        #expect(faults.map(\.path) == [Self.place(1, .incidentStatus)])
    }

    @Test(
        "Component statuses must not be sent with resolved, not even an empty list", arguments: [[], [Fixture.api.id]])
    func componentsWithResolved(components: [ID<Component>]) throws {
        let faults = try faults([
            Self.update(.investigating, at: -2),
            Self.update(.resolved, at: -1, components.map { draft($0, .operational) }),
        ])
        #expect(faults.map(\.path) == [Self.place(1, .componentStatuses)])
    }

    @Test("A past incident has 1 to 100 updates, and one more that resolves it")
    func count() throws {
        #expect(try faults(nil).map(\.code) == [.required])
        #expect(try faults([]).map(\.code) == [.tooShort])
        let most = Array(repeating: Self.update(.resolved, at: -1), count: 100)
        #expect(try record(most).updates.count == 100)
        #expect(try faults(most + most.prefix(1)).map(\.code) == [.tooManyUpdates])
        let ongoing = Array(repeating: Self.update(.monitoring, at: -1), count: 101)
        #expect(try record(Array(ongoing.prefix(100)) + most.prefix(1)).updates.count == 101)
        #expect(try faults(ongoing + most.prefix(1)).map(\.code) == [.tooManyUpdates])
        #expect(try faults(ongoing).map(\.code) == [.tooManyUpdates])
    }

    @Test("All problems are reported at once, with or without a page", arguments: [nil, Fixture.page])
    func allFaults(page: StatusPage?) throws {
        let faults = try faults(
            [
                Self.update(nil, at: nil, message: nil),
                Self.update(
                    .identified, at: -1, [ComponentStatusDraft(componentID: "nonsense", status: nil)], message: " "),
            ], name: "", key: nil, on: page)
        let component = Self.place(1, .componentStatuses) + [.index(0)]
        #expect(
            faults.map(\.path) == [
                [.field(.name)], [.field(.idempotencyKey)], Self.place(1, .incidentStatus), Self.place(0, .message),
                Self.place(0, .incidentStatus), Self.place(0, .publishedAt), Self.place(1, .message),
                component + [.field(.componentID)], component + [.field(.componentStatus)],
            ])
    }

    @Test("Without a page nothing is recorded")
    func withoutPage() throws {
        #expect(try faults([Self.update(.resolved, at: -1)], on: nil).isEmpty)
    }
}
