import StatusPages
import Testing

/// The window is from second 100 to second 200, and the maintenance affects the API. A plus marks open periods.
@Suite("Periods of a maintenance")
struct MaintenancePeriodTests {
    private func expect(
        _ periods: [String], of status: Maintenance.Status = .scheduled, at time: Int64 = 0, isAutomated: Bool = false,
        _ steps: [MaintenanceStep], sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        var course = try MaintenanceCourse(status, at: time, isAutomated: isAutomated)
        for step in steps { try course.take(step) }
        #expect(course.periods == periods, sourceLocation: sourceLocation)
    }

    @Test(
        "A new maintenance has a period for each component, according to its status",
        arguments: [
            (.scheduled, 0, ["API 100–200+"]), (.scheduled, 150, ["API 100–200+"]),
            (.scheduled, 300, ["API 100–200+"]),
            (.inProgress, 50, ["API 50–200+"]), (.inProgress, 100, ["API 100–200+"]),
            (.inProgress, 150, ["API 100–200+"]), (.inProgress, 300, ["API 100–200+"]),
            (.complete, 50, []), (.complete, 100, []), (.complete, 150, ["API 100–150"]),
            (.complete, 200, ["API 100–200"]), (.complete, 300, ["API 100–200"]),
        ] as [(Maintenance.Status, Int64, [String])])
    func creation(status: Maintenance.Status, time: Int64, expected: [String]) throws {
        try expect(expected, of: status, at: time, [])
    }

    @Test(
        "An early start moves the start of the periods to now; a late or repeated start changes nothing",
        arguments: [
            ([.status(.inProgress, at: 50)], ["API 50–200+"]),
            ([.status(.inProgress, at: 100)], ["API 100–200+"]),
            ([.status(.inProgress, at: 150)], ["API 100–200+"]),
            ([.status(.inProgress, at: 250)], ["API 100–200+"]),
            ([.status(.inProgress, at: 50), .status(.inProgress, at: 60)], ["API 50–200+"]),
            ([.move(300, 400), .status(.inProgress, at: 150)], ["API 150–400+"]),
            ([.status(.scheduled, at: 150)], ["API 100–200+"]),
        ] as [([MaintenanceStep], [String])])
    func beginning(steps: [MaintenanceStep], expected: [String]) throws {
        try expect(expected, steps)
    }

    @Test(
        "Completion ends the periods now, and removes those that have not begun",
        arguments: [
            ([.status(.inProgress, at: 100), .status(.complete, at: 150)], ["API 100–150"]),
            ([.status(.inProgress, at: 100), .status(.complete, at: 250)], ["API 100–250"]),
            ([.status(.inProgress, at: 50), .status(.complete, at: 80)], ["API 50–80"]),
            ([.status(.inProgress, at: 50), .status(.complete, at: 50)], []),
            ([.status(.complete, at: 150)], ["API 100–150"]),
            ([.status(.complete, at: 100)], []),
            ([.status(.complete, at: 50)], []),
            ([.status(.complete, at: 150), .status(.complete, at: 180)], ["API 100–150"]),
        ] as [([MaintenanceStep], [String])])
    func completion(steps: [MaintenanceStep], expected: [String]) throws {
        try expect(expected, steps)
    }

    @Test(
        "Returning to an earlier status reopens no period",
        arguments: [
            ([.status(.complete, at: 150), .status(.inProgress, at: 160)], ["API 100–150"]),
            ([.status(.complete, at: 150), .status(.scheduled, at: 160)], ["API 100–150"]),
            ([.status(.complete, at: 50), .status(.inProgress, at: 120)], []),
            ([.status(.inProgress, at: 50), .status(.scheduled, at: 60)], ["API 50–200+"]),
            (
                [.operational(Fixture.api, at: 150), .status(.scheduled, at: 160), .status(.inProgress, at: 170)],
                ["API 100–150"]
            ),
        ] as [([MaintenanceStep], [String])])
    func movingBack(steps: [MaintenanceStep], expected: [String]) throws {
        try expect(expected, steps)
    }

    @Test(
        "operational ends a component's period; under_maintenance opens one if none is open",
        arguments: [
            ([.operational(Fixture.api, at: 150)], ["API 100–150"]),
            ([.operational(Fixture.api, at: 250)], ["API 100–250"]),
            ([.operational(Fixture.api, at: 100)], []),
            ([.operational(Fixture.api, at: 50)], []),
            ([.operational(Fixture.mail, at: 150)], ["API 100–200+"]),
            ([.underMaintenance(Fixture.api, at: 150)], ["API 100–200+"]),
            ([.underMaintenance(Fixture.mail, at: 150)], ["API 100–200+", "Mail 150–200+"]),
            (
                [.status(.inProgress, at: 50), .underMaintenance(Fixture.mail, at: 60)],
                ["API 50–200+", "Mail 60–200+"]
            ),
            // The window is already over.
            ([.underMaintenance(Fixture.mail, at: 200)], ["API 100–200+", "Mail 200–+"]),
            ([.underMaintenance(Fixture.mail, at: 250)], ["API 100–200+", "Mail 250–+"]),
            // Before the work begins, a new period starts with the window.
            ([.underMaintenance(Fixture.mail, at: 50)], ["API 100–200+", "Mail 100–200+"]),
            (
                [.operational(Fixture.api, at: 150), .underMaintenance(Fixture.api, at: 160)],
                ["API 100–150", "API 160–200+"]
            ),
            (
                [.operational(Fixture.api, at: 150), .underMaintenance(Fixture.api, at: 150)],
                ["API 100–150", "API 150–200+"]
            ),
            (
                [
                    .operational(Fixture.api, at: 150), .underMaintenance(Fixture.api, at: 160),
                    .status(.complete, at: 250),
                ],
                ["API 100–150", "API 160–250"]
            ),
            (
                [.underMaintenance(Fixture.mail, at: 250), .operational(Fixture.mail, at: 260)],
                ["API 100–200+", "Mail 250–260"]
            ),
        ] as [([MaintenanceStep], [String])])
    func components(steps: [MaintenanceStep], expected: [String]) throws {
        try expect(expected, steps)
    }

    @Test(
        "The components of an update are applied after its status",
        arguments: [
            ([.both(.inProgress, Fixture.mail, .underMaintenance, at: 50)], ["API 50–200+", "Mail 50–200+"]),
            ([.both(.inProgress, Fixture.api, .operational, at: 50)], []),
            ([.both(.scheduled, Fixture.mail, .underMaintenance, at: 50)], ["API 100–200+", "Mail 100–200+"]),
            (
                [
                    .status(.complete, at: 150), .both(.inProgress, Fixture.api, .underMaintenance, at: 160),
                ],
                ["API 100–150", "API 160–200+"]
            ),
        ] as [([MaintenanceStep], [String])])
    func statusAndComponents(steps: [MaintenanceStep], expected: [String]) throws {
        try expect(expected, steps)
    }

    @Test(
        "A new window moves the open periods, and not the ended ones",
        arguments: [
            ([.move(300, 400)], ["API 300–400+"]),
            ([.status(.inProgress, at: 100), .move(300, 400)], ["API 300–400+"]),
            ([.status(.inProgress, at: 50), .move(100, 300)], ["API 100–300+"]),
            ([.status(.inProgress, at: 100), .move(120, 180)], ["API 120–180+"]),
            ([.status(.inProgress, at: 100), .move(120, 180), .status(.complete, at: 250)], ["API 120–250"]),
            ([.status(.complete, at: 150), .move(300, 400)], ["API 100–150"]),
            ([.operational(Fixture.api, at: 150), .move(300, 400)], ["API 100–150"]),
            ([.underMaintenance(Fixture.mail, at: 250), .move(300, 400)], ["API 300–400+", "Mail 300–400+"]),
            (
                [.operational(Fixture.api, at: 150), .underMaintenance(Fixture.api, at: 160), .move(300, 400)],
                ["API 100–150", "API 300–400+"]
            ),
            ([.move(300, 400), .underMaintenance(Fixture.mail, at: 50)], ["API 300–400+", "Mail 300–400+"]),
            ([.move(300, 400), .status(.complete, at: 150)], []),
        ] as [([MaintenanceStep], [String])])
    func moving(steps: [MaintenanceStep], expected: [String]) throws {
        try expect(expected, steps)
    }

    @Test(
        "A new window does not make an open period overlap an ended one of the same component",
        arguments: [
            (100, 250, ["API 100–150", "API 150–250+"]), (0, 250, ["API 100–150", "API 150–250+"]),
            (155, 250, ["API 100–150", "API 155–250+"]),
            // Nothing of the window is left for the open period.
            (0, 150, ["API 100–150"]), (0, 50, ["API 100–150"]),
        ] as [(Int64, Int64, [String])])
    func movingPastEnded(start: Int64, end: Int64, expected: [String]) throws {
        try expect(
            expected,
            [
                .status(.inProgress, at: 100), .operational(Fixture.api, at: 150),
                .underMaintenance(Fixture.api, at: 160), .move(start, end),
            ])
    }

    @Test("Periods are listed by start, and then by the component's first mention")
    func order() throws {
        var course = try MaintenanceCourse(affecting: [Fixture.mail, Fixture.api])
        #expect(course.periods == ["Mail 100–200+", "API 100–200+"])
        try course.publish(
            .inProgress, [draft(Fixture.website.id, .underMaintenance), draft(Fixture.mail.id, .operational)], at: 120)
        try course.publish(nil, [draft(Fixture.mail.id, .underMaintenance)], at: 120)
        #expect(course.periods == ["Mail 100–120", "API 100–200+", "Mail 120–200+", "Website 120–200+"])
    }

    @Test("A maintenance without components has no periods", arguments: Maintenance.Status.allCases)
    func none(status: Maintenance.Status) throws {
        var course = try MaintenanceCourse(status, affecting: [])
        #expect(course.periods == [])
        try course.revise(from: 300, to: 400)
        #expect(course.periods == [])
    }
}
