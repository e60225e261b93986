import StatusPages
import TestSupport
import Testing

/// Properties of the periods, whatever is done to a maintenance.
@Suite("Periods of any maintenance")
struct MaintenancePropertyTests {
    static let seeds = 1...100 as ClosedRange<UInt64>

    @Test("Periods end after they start, and those of one component do not overlap", arguments: seeds)
    func disjoint(seed: UInt64) throws {
        try Self.play(seed) { maintenance in
            for component in Fixture.components {
                let periods = maintenance.periods.filter { $0.componentID == component }
                for period in periods {
                    if let end = period.endAt { #expect(end > period.startAt) }
                }
                for (left, right) in zip(periods, periods.dropFirst()) {
                    let end = try #require(left.endAt, "only the last period of a component may be without an end")
                    #expect(end <= right.startAt)
                    #expect(!left.isOpen)
                }
            }
        }
    }

    @Test("A completion leaves no period open", arguments: seeds)
    func completion(seed: UInt64) throws {
        try Self.play(seed) { maintenance in
            guard maintenance.status == .complete else { return }
            #expect(maintenance.periods.allSatisfy { !$0.isOpen && $0.endAt != nil })
        }
    }

    @Test("Only components that an update names have periods, and periods are listed in order", arguments: seeds)
    func order(seed: UInt64) throws {
        try Self.play(seed) { maintenance in
            let mentions = maintenance.touchedComponents
            let keys = try maintenance.periods.map { period in
                (period.startAt, try #require(mentions.firstIndex(of: period.componentID)))
            }
            #expect(zip(keys, keys.dropFirst()).allSatisfy { $0 <= $1 })
        }
    }

    @Test("Updates are in chronological order, and the last one sets the status", arguments: seeds)
    func updates(seed: UInt64) throws {
        try Self.play(seed) { maintenance in
            let times = maintenance.updates.map(\.publishedAt)
            #expect(times == times.sorted())
            #expect(maintenance.updates.last?.status == maintenance.status)
        }
    }

    /// Applies random steps to a maintenance, and checks it after each. Some steps have the same time, and some have an
    /// earlier time because the system's clock was set back.
    private static func play(_ seed: UInt64, _ check: (Maintenance) throws -> Void) throws {
        var random = SeededGenerator(seed: seed)
        var now: Int64 = .random(in: 0...250, using: &random)
        var course = try MaintenanceCourse(
            Maintenance.Status.allCases.randomElement(using: &random) ?? .scheduled, at: now,
            affecting: Fixture.all.shuffled(using: &random).dropLast(.random(in: 0...4, using: &random)),
            isAutomated: now < 200 && .random(using: &random))
        try check(course.maintenance)
        for _ in 0..<Int.random(in: 0...30, using: &random) {
            now += .random(in: -5...30, using: &random)
            switch Int.random(in: 0...5, using: &random) {
            case 0:
                let start = now + .random(in: -150...150, using: &random)
                try course.revise(from: start, to: start + .random(in: 1...150, using: &random))
            case 1: course.look(at: now)
            default: try publish(to: &course, at: now, &random)
            }
            try check(course.maintenance)
        }
    }

    private static func publish(
        to course: inout MaintenanceCourse, at now: Int64, _ random: inout SeededGenerator
    ) throws {
        let status: Maintenance.Status? =
            Bool.random(using: &random) ? nil : Maintenance.Status.allCases.randomElement(using: &random)
        let takesComponents = (status ?? course.maintenance.status) != .complete
        let drafts = Fixture.components.shuffled(using: &random).prefix(.random(in: 0...4, using: &random)).map {
            draft($0, MaintenanceComponentStatus.allCases.randomElement(using: &random) ?? .operational)
        }
        try course.publish(status, takesComponents ? drafts : nil, at: now)
    }
}
