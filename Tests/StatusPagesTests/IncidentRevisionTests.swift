import StatusPages
import Testing

@Suite("Revising an incident")
struct IncidentRevisionTests {
    private let ids = Sequencer()

    private func incident(updates: Int = 1) -> Incident {
        let updates = (0..<updates).map { index in
            IncidentUpdate(
                id: id(UInt64(index)), publishedAt: second(0), message: "m", status: .investigating,
                componentStatuses: [], notifiesSubscribers: false)
        }
        return Incident(
            id: id(1), pageID: Fixture.page.id, name: "Old", publishedAt: second(0), status: .investigating,
            updates: updates)
    }

    private static func publication(message: String? = "More.") -> IncidentPublication {
        IncidentPublication(
            message: message, status: .identified, componentStatuses: [draft(Fixture.api.id, .fullOutage)],
            notifiesSubscribers: false)
    }

    private func revise(_ incident: inout Incident, _ command: IncidentRevision) throws(Faults) -> IncidentUpdate? {
        try incident.revise(command, page: Fixture.page, at: second(60), newID: ids.next)
    }

    private func faults(of incident: Incident, _ command: IncidentRevision) throws -> [Fault] {
        var changed = incident
        let faults = try #require(throws: Faults.self) { try revise(&changed, command) }
        #expect(changed == incident)
        return faults.all
    }

    @Test("A name alone renames the incident, and publishes nothing")
    func renaming() throws {
        var incident = incident()
        #expect(try revise(&incident, IncidentRevision(renames: true, name: "New", publication: nil)) == nil)
        #expect(incident.name == "New")
        #expect(incident.updates.count == 1)
    }

    @Test("An update alone leaves the name")
    func publishing() throws {
        var incident = incident()
        let command = IncidentRevision(renames: false, name: nil, publication: Self.publication())
        let update = try revise(&incident, command)
        #expect(update == incident.updates.last)
        #expect(incident.updates.count == 2)
        #expect(incident.name == "Old")
        #expect(incident.status == .identified)
    }

    @Test("A name and an update work together")
    func both() throws {
        var incident = incident()
        let command = IncidentRevision(renames: true, name: "New", publication: Self.publication())
        #expect(try revise(&incident, command) != nil)
        #expect(incident.name == "New")
        #expect(incident.updates.count == 2)
    }

    @Test("A revision with neither a name nor an update is rejected: the name is missing")
    func neither() throws {
        let faults = try faults(of: incident(), IncidentRevision(renames: false, name: nil, publication: nil))
        #expect(faults.map(\.code) == [.required])
        #expect(faults.map(\.path) == [[.field(.name)]])
    }

    @Test("A status or components without a message are rejected: the message is missing")
    func withoutMessage() throws {
        let command = IncidentRevision(renames: true, name: "New", publication: Self.publication(message: nil))
        let faults = try faults(of: incident(), command)
        #expect(faults.map(\.code) == [.required])
        #expect(faults.map(\.path) == [[.field(.message)]])
    }

    @Test("An invalid name or update rejects the whole revision")
    func allOrNothing() throws {
        let command = IncidentRevision(renames: true, name: " ", publication: Self.publication(message: ""))
        #expect(try faults(of: incident(), command).map(\.path) == [[.field(.name)], [.field(.message)]])
        let badName = IncidentRevision(renames: true, name: "", publication: Self.publication())
        #expect(try faults(of: incident(), badName).map(\.code) == [.tooShort])
        let badUpdate = IncidentRevision(renames: true, name: "New", publication: Self.publication(message: ""))
        #expect(try faults(of: incident(), badUpdate).map(\.code) == [.tooShort])
    }

    @Test("An incident with the maximum number of updates can still be renamed")
    func full() throws {
        var full = incident(updates: 100)
        #expect(try revise(&full, IncidentRevision(renames: true, name: "New", publication: nil)) == nil)
        #expect(full.name == "New")
        let command = IncidentRevision(renames: true, name: "Newer", publication: Self.publication())
        #expect(try faults(of: full, command).map(\.code) == [.tooManyUpdates])
    }
}
