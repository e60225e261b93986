import Publishing
import StatusPages
import Storage
import TestSupport
import Testing

@testable import Notifications

/// More deliveries wait than one transaction may cancel.
@Suite("Deleting an event with many waiting deliveries")
struct DelivererDeletionTests {
    private static let count = 1_203

    /// Deletes an event, like a server that is killed right afterwards.
    private func delete(_ incident: ID<Incident>, on server: TestDeliverer) throws {
        #expect(try server.store.write(as: .clock) { try server.publishing.delete(incident, in: $0) })
    }

    private func expectAllCancelled(_ deliveries: [Delivery], on server: TestDeliverer) throws {
        #expect(deliveries.allSatisfy { $0.state == .cancelled })
        #expect(try server.store.read { try $0.cancelledEvents() } == [])
    }

    @Test("Messages that are in memory are not sent")
    func inMemory() throws {
        let server = try TestDeliverer()
        try server.subscribe(Self.count)
        let incident = try server.declare()
        server.relay.answer { _ in
            if server.relay.attempts.count == 1 {
                do { try delete(incident, on: server) } catch { Issue.record(error) }
            }
            return .accepted(.okay)
        }
        server.step()
        #expect(server.relay.attempts.count == 1)
        let deliveries = try server.deliveries()
        #expect(deliveries.count { $0.state == .sent } == 1)
        #expect(deliveries.count == Self.count)
        try expectAllCancelled(deliveries.filter { $0.state != .sent }, on: server)
    }

    @Test("No more deliveries are made, and none of those already made is sent")
    func duringFanOut() throws {
        let server = try TestDeliverer()
        try server.subscribe(Self.count)
        let incident = try server.declare()
        let feeder = Feeder(
            store: server.store, writer: server.writer, publishing: server.publishing, now: server.clock.now,
            newID: server.makeID)
        #expect(try feeder.fanOut().ended == [])
        try delete(incident, on: server)
        server.step()
        #expect(server.relay.attempts == [])
        let deliveries = try server.deliveries()
        #expect(deliveries.count == 500)
        try expectAllCancelled(deliveries, on: server)
    }

    @Test("After a crash between two parts, the next server cancels the rest and sends everything else")
    func crash() throws {
        let directory = try TemporaryDirectory()
        let server = try TestDeliverer(in: directory)
        try server.subscribe(Self.count)
        let (deleted, kept) = (try server.declare("Deleted."), try server.declare("Kept."))
        try server.store.write { try $0.setPaused(true) }
        server.step()
        try delete(deleted, on: server)
        func deliveries(about event: ID<Incident>) throws -> [Delivery] {
            try server.deliveries().filter { $0.eventID == event.ulid }
        }
        #expect(try deliveries(about: deleted).count { $0.state == .pending } == Self.count - 500)

        let restarted = try TestDeliverer(in: directory)
        try restarted.store.write { try $0.setPaused(false) }
        restarted.step()
        #expect(restarted.relay.attempts.count == Self.count)
        #expect(restarted.relay.attempts.allSatisfy { $0.text.contains("Kept.") })
        #expect(Set(restarted.relay.attempts.map(\.recipient)).count == Self.count)
        try expectAllCancelled(try deliveries(about: deleted), on: restarted)
        #expect(try deliveries(about: kept).count { $0.state == .sent } == Self.count)
    }
}
