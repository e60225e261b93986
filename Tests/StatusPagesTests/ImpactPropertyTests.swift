import StatusPages
import TestSupport
import Testing

/// Properties of the impacts, whatever the updates are.
@Suite("Impacts of any incident")
struct ImpactPropertyTests {
    static let seeds = 1...60 as ClosedRange<UInt64>

    @Test("Spans end after they start", arguments: seeds)
    func length(seed: UInt64) throws {
        for impact in try Self.incident(seed).timeline.impacts {
            if let end = impact.endAt { #expect(end > impact.startAt) }
            #expect(impact.status != .operational)
        }
    }

    @Test("Spans of one component neither overlap nor could be merged", arguments: seeds)
    func disjoint(seed: UInt64) throws {
        let impacts = try Self.incident(seed).timeline.impacts
        for component in Fixture.components {
            let spans = impacts.filter { $0.componentID == component }
            for (left, right) in zip(spans, spans.dropFirst()) {
                let end = try #require(left.endAt, "only the last span of a component may be open")
                #expect(end <= right.startAt)
                #expect(end < right.startAt || left.status != right.status)
            }
        }
    }

    @Test("At every moment the spans match the updates until then", arguments: seeds)
    func agreement(seed: UInt64) throws {
        let incident = try Self.incident(seed)
        let impacts = incident.timeline.impacts
        for moment in incident.updates.map(\.publishedAt) {
            for component in Fixture.components {
                let said = incident.updates.filter { $0.publishedAt <= moment }.flatMap(\.componentStatuses)
                    .last { $0.componentID == component }?.status
                let spans = impacts.filter {
                    $0.componentID == component && $0.startAt <= moment && $0.endAt.map { $0 > moment } ?? true
                }
                #expect(spans.map(\.status) == (said == nil || said == .operational ? [] : [said]))
            }
        }
    }

    @Test("No span outlives a resolution", arguments: seeds)
    func resolution(seed: UInt64) throws {
        let incident = try Self.incident(seed)
        for (index, update) in incident.updates.enumerated() where update.status == .resolved {
            let reopening = incident.updates[index...].first { $0.status != .resolved }?.publishedAt
            for impact in incident.timeline.impacts where impact.startAt <= update.publishedAt {
                // An update that reopens the incident at the same moment cancels the resolution.
                if reopening == update.publishedAt { continue }
                let end = try #require(impact.endAt)
                #expect(end <= update.publishedAt)
            }
        }
    }

    /// An incident with random updates, statuses and components. Some updates have the same time.
    private static func incident(_ seed: UInt64) throws -> Incident {
        var random = SeededGenerator(seed: seed)
        let ids = Sequencer()
        var now = second(0)
        var incident = try Incident.declare(
            IncidentCreation(
                name: "Any", status: .investigating, message: "m", idempotencyKey: "k", notifiesSubscribers: false,
                componentStatuses: drafts(&random)),
            on: Fixture.page, at: now, newID: ids.next)
        for _ in 0..<Int.random(in: 0...40, using: &random) {
            now = now.advanced(byMilliseconds: Bool.random(using: &random) ? 0 : .random(in: 1...5_000, using: &random))
            let status: Incident.Status? =
                Bool.random(using: &random) ? nil : Incident.Status.allCases.randomElement(using: &random)
            let takesComponents = status != .resolved && !(status == nil && incident.status == .resolved)
            try incident.publish(
                IncidentPublication(
                    message: "m", status: status, componentStatuses: takesComponents ? drafts(&random) : nil,
                    notifiesSubscribers: false),
                page: Fixture.page, at: now, newID: ids.next)
        }
        return incident
    }

    private static func drafts(_ random: inout SeededGenerator) -> [ComponentStatusDraft] {
        Fixture.components.shuffled(using: &random).prefix(Int.random(in: 0...4, using: &random)).map {
            draft($0, ComponentStatus.allCases.randomElement(using: &random) ?? .operational)
        }
    }
}
