import StatusPages
import Storage
import Testing

@testable import Publishing
@testable import allclear

/// The parts of publishing that only the dashboard uses.
@Suite struct ComposingTests {
    private static func creation(_ page: StatusPage, notifies: Bool = false) throws -> IncidentCreation {
        let component = try #require(page.structure.placements.first).component.id
        return IncidentCreation(
            name: "Slow", status: .investigating, message: "We look.", idempotencyKey: "k",
            notifiesSubscribers: notifies,
            componentStatuses: [ComponentStatusDraft(componentID: component.description, status: .fullOutage)])
    }

    private static func news(_ status: Incident.Status? = nil, notifies: Bool = false) -> IncidentPublication {
        IncidentPublication(message: "News.", status: status, componentStatuses: nil, notifiesSubscribers: notifies)
    }

    @Test("Every update has its author, and publishing fails if somebody has published meanwhile")
    func authors() throws {
        let server = try TestServer()
        defer { server.remove() }
        let (ada, grace) = (try server.makeUser("Ada"), try server.makeUser("Grace"))
        let page = try server.page()
        let incident = try server.write(as: ada) { publishing, transaction -> Incident in
            let made: Published<Incident> = try publishing.create(
                try Self.creation(page), on: page, in: transaction)
            return made.event
        }
        let seen = try #require(incident.updates.last).id
        try server.update(incident.id.description)
        let authors = try server.application.store.read { try $0.authors(of: incident.id) }
        #expect(authors[0] == UpdateAuthor(kind: .user, id: ada.id, name: "Ada"))
        #expect(authors[1]?.kind == .apiKey && authors[1]?.name == "status_page_publisher")
        func publish(_ last: ID<IncidentUpdate>?) throws -> Published<Incident> {
            try server.write(as: grace) { try $0.publish(Self.news(), to: incident.id, expecting: last, in: $1) }
        }
        let newest = try #require(
            try server.application.store.read { try $0.incident(incident.id) }?.updates.last
        ).id
        #expect(throws: NewerUpdate(id: newest.ulid, author: authors[1])) { try publish(seen) }
        #expect(try publish(newest).event.updates.count == 3)
        // Publish anyway.
        #expect(try publish(nil).event.updates.count == 4)
        #expect(try server.application.store.read { try $0.authors(of: incident.id) }[3]?.name == "Grace")
    }

    @Test("A form that is sent twice creates one incident, and a form that failed can be sent again")
    func once() throws {
        let server = try TestServer()
        defer { server.remove() }
        let (ada, grace) = (try server.makeUser("Ada"), try server.makeUser("Grace"))
        let page = try server.page()
        let key = IDSource().next()
        func send(_ name: String?, by user: TestServer.User) throws -> String {
            try server.write(as: user) { publishing, transaction in
                try publishing.once(key, by: user.id, in: transaction) {
                    var command = try Self.creation(page)
                    command.name = name
                    let made: Published<Incident> = try publishing.create(command, on: page, in: transaction)
                    return "/dashboard/pages/acme/incidents/\(made.event.id)"
                }
            }
        }
        #expect(throws: Faults.self) { try send(nil, by: ada) }
        let location = try send("Slow", by: ada)
        #expect(try send("Slow", by: ada) == location)
        #expect(throws: NotFound("form")) { try send("Slow", by: grace) }
        #expect(try server.application.store.read { try $0.incidents(of: page.id, limit: 9) }?.count == 1)
    }

    @Test("Resolving makes every component operational")
    func resolving() throws {
        let server = try TestServer()
        defer { server.remove() }
        let ada = try server.makeUser("Ada")
        let page = try server.page()
        let resolved = try server.write(as: ada) { publishing, transaction -> Published<Incident> in
            let made: Published<Incident> = try publishing.create(try Self.creation(page), on: page, in: transaction)
            return try publishing.publish(Self.news(.resolved), to: made.event.id, in: transaction)
        }
        #expect(resolved.update?.componentStatuses.map(\.status) == [.operational])
        #expect(resolved.event.timeline.current.allSatisfy { $0.status == .operational })
        #expect(try server.widget().text.contains("\"ongoing_incidents\":[]"))
    }

    @Test(
        "The notification of a user's update is held for hold_seconds, and can be stopped until then",
        arguments: [(30, true), (0, false)])
    func stopping(seconds: Int, isHeld: Bool) throws {
        let server = try TestServer(configure: { configuration in
            configuration.subscribers.sender = Mailbox("status@acme.example")
            configuration.subscribers.holdSeconds = seconds
        })
        defer { server.remove() }
        try server.subscribe("ada@example.org")
        let ada = try server.makeUser("Ada")
        let page = try server.page()
        let made = try server.write(as: ada) { publishing, transaction -> Published<Incident> in
            try publishing.create(try Self.creation(page, notifies: true), on: page, in: transaction)
        }
        #expect(made.notified == 1)
        func notification() throws -> UpdateNotification {
            try #require(try server.application.store.read { try $0.notifications(of: page.id, limit: 1) }?.first)
        }
        let held = try notification()
        #expect((held.heldUntil != nil) == isHeld)
        func stop() throws {
            try server.write(as: ada) { try $0.stopNotification(held.id, in: $1) }
        }
        guard isHeld else {
            #expect(throws: SubscriberConflict.self) { try stop() }
            return
        }
        #expect(held.heldUntil == held.createdAt.advanced(byMilliseconds: 30_000))
        try stop()
        #expect(try notification().wasStopped)
        #expect(throws: SubscriberConflict.self) { try stop() }
        let event = try #require(try server.auditEvents(of: ada).first)
        #expect(event.action == .stopped && event.subject.kind == .notification && event.subject.name == "Slow")
        #expect(throws: NotFound("notification")) {
            try server.write(as: ada) { try $0.stopNotification(ID(IDSource().next()), in: $1) }
        }
    }

    @Test("Templates are created, changed and archived, and the audit log has each change")
    func templates() throws {
        let server = try TestServer()
        defer { server.remove() }
        let ada = try server.makeUser("Ada")
        let page = try server.page()
        let component = try #require(page.structure.placements.first).component.id
        var draft = TemplateDraft()
        draft.name = "Login"
        draft.title = "{components} is slow"
        draft.status = "identified"
        draft.componentStatuses = [component.description: "partial_outage"]
        draft.notifies = false
        let own = try server.write(as: ada) { try $0.addTemplate(draft, for: page.id, in: $1) }
        draft.componentStatuses = [:]
        draft.name = "Any"
        let common = try server.write(as: ada) { try $0.addTemplate(draft, for: nil, in: $1) }
        let other = try server.page("clients").id
        let store = server.application.store
        #expect(try store.read { try $0.templates(for: page.id) } == [own, common])
        #expect(try store.read { try $0.templates(for: other) } == [common])
        #expect(own.componentStatuses == [component: "partial_outage"] && own.notifies == false)
        draft.name = "Everything"
        let changed = try server.write(as: ada) { try $0.changeTemplate(common.id, with: draft, for: nil, in: $1) }
        #expect(changed.position == common.position && changed.name == "Everything")
        try server.write(as: ada) { try $0.archiveTemplate(own.id, in: $1) }
        #expect(try store.read { try $0.templates() } == [changed])
        #expect(
            try server.auditEvents(of: ada).map(\.action) == [.archived, .changed, .created, .created])
        #expect(throws: NotFound("template")) {
            try server.write(as: ada) { try $0.archiveTemplate(own.id, in: $1) }
        }
        draft.componentStatuses = [component.description: "partial_outage"]
        draft.status = "maintenance_complete"
        do {
            _ = try server.write(as: ada) { try $0.addTemplate(draft, for: nil, in: $1) }
            Issue.record("the template was accepted")
        } catch let error as Faults {
            #expect(error.all.map(\.code) == [.invalidValue, .unknownComponent])
        }
    }
}
