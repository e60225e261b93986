import StatusPages
import Testing

@Suite("Declaring an incident")
struct IncidentDeclarationTests {
    /// A valid command.
    private static let sound = IncidentCreation(
        name: "Slow", status: .investigating, message: "We look into it.", idempotencyKey: "k",
        notifiesSubscribers: true,
        componentStatuses: [draft(Fixture.api.id, .degradedPerformance), draft(Fixture.search.id, .operational)])

    private func declare(_ command: IncidentCreation, on page: StatusPage? = Fixture.page) throws(Faults) -> Incident {
        let ids = Sequencer()
        return try Incident.declare(command, on: page, at: second(0), newID: ids.next)
    }

    /// The problems of the valid command after a change.
    private func faults(
        on page: StatusPage? = Fixture.page, _ change: (inout IncidentCreation) -> Void
    ) throws -> [Fault] {
        var command = Self.sound
        change(&command)
        return try #require(throws: Faults.self) { try declare(command, on: page) }.all
    }

    @Test("An incident and its first update have the same time")
    func declaration() throws {
        let incident = try declare(Self.sound)
        #expect(incident.id == id(1_001))
        #expect(incident.pageID == Fixture.page.id)
        #expect(incident.name == "Slow")
        #expect(incident.status == .investigating)
        #expect(incident.publishedAt == second(0))
        let update = try #require(incident.updates.first)
        #expect(incident.updates.count == 1)
        #expect(update.id == id(1_002))
        #expect(update.publishedAt == second(0))
        #expect(update.message == "We look into it.")
        #expect(update.status == .investigating)
        #expect(update.notifiesSubscribers)
        #expect(
            update.componentStatuses == [
                change(Fixture.api.id, .degradedPerformance), change(Fixture.search.id, .operational),
            ])
        #expect(
            incident.timeline.impacts == [
                ComponentImpact(
                    componentID: Fixture.api.id, status: .degradedPerformance, startAt: second(0), endAt: nil)
            ])
    }

    @Test("Components are optional", arguments: Incident.Status.allCases)
    func withoutComponents(status: Incident.Status) throws {
        var command = Self.sound
        command.status = status
        command.componentStatuses = nil
        #expect(try declare(command).updates.first?.componentStatuses == [])
        command.componentStatuses = []
        #expect(try declare(command).status == status)
    }

    @Test("All missing fields are reported at once, in the order of the body")
    func everythingMissing() throws {
        let faults = try #require(throws: Faults.self) {
            try declare(
                IncidentCreation(
                    name: nil, status: nil, message: nil, idempotencyKey: nil, notifiesSubscribers: nil,
                    componentStatuses: [ComponentStatusDraft(componentID: nil, status: nil)]))
        }.all
        #expect(faults.allSatisfy { $0.code == .required })
        #expect(
            faults.map(\.path) == [
                [.field(.name)], [.field(.message)], [.field(.idempotencyKey)], [.field(.incidentStatus)],
                [.field(.notifySubscribers)], [.field(.componentStatuses), .index(0), .field(.componentID)],
                [.field(.componentStatuses), .index(0), .field(.componentStatus)],
            ])
    }

    @Test("Texts are checked")
    func texts() throws {
        let tooLong = try faults {
            $0.name = String(repeating: "n", count: 201)
            $0.message = String(repeating: "m", count: 4_097)
            $0.idempotencyKey = String(repeating: "k", count: 256)
        }
        #expect(tooLong.map(\.code) == [.tooLong, .tooLong, .tooLong])
        let empty = try faults {
            $0.name = " "
            $0.message = ""
            $0.idempotencyKey = "\n"
        }
        #expect(empty.map(\.code) == [.tooShort, .tooShort, .tooShort])
        #expect(empty.map(\.path) == [[.field(.name)], [.field(.message)], [.field(.idempotencyKey)]])
    }

    @Test("A component must be on the page", arguments: ["01ARZ3NDEKTSV4RRFFQ69G5FAV", "website", "", "11"])
    func unknownComponent(text: String) throws {
        let faults = try faults {
            $0.componentStatuses?.append(ComponentStatusDraft(componentID: text, status: .fullOutage))
        }
        #expect(faults.map(\.code) == [.unknownComponent])
        #expect(faults.map(\.path) == [[.field(.componentStatuses), .index(2), .field(.componentID)]])
    }

    @Test("A component is named at most once, whatever its status")
    func repeatedComponent() throws {
        let faults = try faults {
            $0.componentStatuses = [
                draft(Fixture.api.id, .fullOutage), draft(Fixture.mail.id, .fullOutage),
                draft(Fixture.api.id, .fullOutage), draft(Fixture.api.id, .operational),
            ]
        }
        #expect(faults.map(\.code) == [.invalidValue, .invalidValue])
        #expect(faults.map { $0.path[1] } == [.index(2), .index(3)])
    }

    @Test("A resolved incident can only start with operational components")
    func resolved() throws {
        let faults = try faults { $0.status = .resolved }
        #expect(faults.map(\.code) == [.invalidValue])
        #expect(faults.map(\.path) == [[.field(.componentStatuses), .index(0), .field(.componentStatus)]])

        var command = Self.sound
        command.status = .resolved
        command.componentStatuses = [draft(Fixture.api.id, .operational)]
        let incident = try declare(command)
        #expect(incident.status == .resolved)
        #expect(incident.updates.first?.componentStatuses == [change(Fixture.api.id, .operational)])
        #expect(incident.timeline.impacts.isEmpty)
    }

    @Test("Without a page, everything else is checked anyway")
    func withoutPage() throws {
        #expect(try faults(on: nil) { _ in }.isEmpty)
        #expect(try faults(on: nil) { $0.name = nil }.map(\.path) == [[.field(.name)]])
    }

    @Test("A rejected command uses no id")
    func noIDs() throws {
        let ids = Sequencer()
        var command = Self.sound
        command.message = nil
        #expect(throws: Faults.self) {
            try Incident.declare(command, on: Fixture.page, at: second(0), newID: ids.next)
        }
        #expect(ids.count == 0)
    }
}
