import Publishing
import StatusPages
import Storage
import Testing

@testable import Notifications

@Suite("Notifications that are held")
struct HeldNotificationTests {
    private static let user = AuditActor(kind: .user, id: ULID(high: 1, low: 1), name: "Ada")

    private func publish(_ message: String, to incident: ID<Incident>, on server: TestDeliverer) throws {
        let command = IncidentPublication(
            message: message, status: nil, componentStatuses: nil, notifiesSubscribers: true)
        _ = try server.store.write(as: Self.user) {
            try server.publishing.publish(command, to: incident, in: $0) as Published<Incident>
        }
    }

    private func texts(_ server: TestDeliverer) -> [String] { server.relay.mails.map(\.text) }

    @Test("A user's update is sent after hold_seconds, and others are sent at once")
    func held() throws {
        let server = try TestDeliverer()
        try server.subscribe("ada@example.org")
        let incident = try server.declare("First.")
        server.step()
        #expect(texts(server).count == 1)
        try publish("Second.", to: incident, on: server)
        try server.declare("Another.")
        server.step(afterSeconds: 29)
        #expect(texts(server).count == 2 && texts(server).last?.contains("Another.") == true)
        server.step(afterSeconds: 1)
        #expect(texts(server).count == 3 && texts(server).last?.contains("Second.") == true)
    }

    @Test("A later update of the same event waits for the held one")
    func order() throws {
        let server = try TestDeliverer()
        try server.subscribe("ada@example.org")
        let incident = try server.declare("First.")
        server.step()
        try publish("Second.", to: incident, on: server)
        try server.update(incident, "Third.")
        server.step(afterSeconds: 29)
        #expect(texts(server).count == 1)
        server.step(afterSeconds: 1)
        #expect(texts(server).count == 2)
        #expect(texts(server).last?.contains("Second.") == true && texts(server).last?.contains("Third.") == true)
    }

    @Test("A stopped notification is never sent, and one that was sent cannot be stopped")
    func stopped() throws {
        let server = try TestDeliverer()
        try server.subscribe("ada@example.org")
        let incident = try server.declare("First.")
        server.step()
        func stop() throws {
            let id = try #require(try server.notifications().last).id
            try server.store.write(as: Self.user) { try server.publishing.stopNotification(id, in: $0) }
        }
        try publish("Second.", to: incident, on: server)
        try stop()
        server.step(afterSeconds: 3_600)
        #expect(texts(server).count == 1)
        try publish("Third.", to: incident, on: server)
        server.step(afterSeconds: 30)
        #expect(texts(server).count == 2)
        #expect(throws: SubscriberConflict.self) { try stop() }
    }
}
