import StatusPages
import Testing

@Suite("ImpactTimeline")
struct ImpactTimelineTests {
    private static let first: ID<Component> = id(1)
    private static let second: ID<Component> = id(2)

    /// One update: its time, its status, and the statuses of numbered components.
    struct Step: Sendable {
        let at: Int64
        let status: Incident.Status
        let components: [(UInt64, ComponentStatus)]

        init(_ at: Int64, _ components: [(UInt64, ComponentStatus)], _ status: Incident.Status = .investigating) {
            self.at = at
            self.status = status
            self.components = components
        }
    }

    /// An expected span: component, status, start and end.
    struct Span: Equatable, Sendable {
        let component: UInt64
        let status: ComponentStatus
        let start: Int64
        let end: Int64?

        init(_ component: UInt64, _ status: ComponentStatus, _ start: Int64, _ end: Int64?) {
            self.component = component
            self.status = status
            self.start = start
            self.end = end
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let steps: [Step]
        let spans: [Span]

        init(_ description: String, _ steps: [Step], _ spans: [Span]) {
            testDescription = description
            self.steps = steps
            self.spans = spans
        }
    }

    static let cases = [
        Case("no updates", [], []),
        Case("no components", [Step(0, []), Step(10, [])], []),
        Case("a span is open while it lasts", [Step(0, [(1, .partialOutage)])], [Span(1, .partialOutage, 0, nil)]),
        Case("operational is not an impact", [Step(0, [(1, .operational)]), Step(10, [(1, .operational)])], []),
        Case(
            "operational ends a span", [Step(0, [(1, .fullOutage)]), Step(10, [(1, .operational)])],
            [Span(1, .fullOutage, 0, 10)]),
        Case(
            "another status ends a span and starts the next",
            [Step(0, [(1, .fullOutage)]), Step(10, [(1, .degradedPerformance)]), Step(20, [(1, .operational)])],
            [Span(1, .fullOutage, 0, 10), Span(1, .degradedPerformance, 10, 20)]),
        Case(
            "the same status again continues the span",
            [Step(0, [(1, .fullOutage)]), Step(10, [(1, .fullOutage)]), Step(20, [(1, .operational)])],
            [Span(1, .fullOutage, 0, 20)]),
        Case(
            "an update that does not name the component changes nothing about it",
            [Step(0, [(1, .fullOutage)]), Step(10, []), Step(20, [(2, .partialOutage)])],
            [Span(1, .fullOutage, 0, nil), Span(2, .partialOutage, 20, nil)]),
        Case(
            "a component can be affected again",
            [Step(0, [(1, .fullOutage)]), Step(10, [(1, .operational)]), Step(20, [(1, .fullOutage)])],
            [Span(1, .fullOutage, 0, 10), Span(1, .fullOutage, 20, nil)]),
        Case(
            "of several updates at the same time, the last counts",
            [Step(0, [(1, .fullOutage)]), Step(0, [(1, .partialOutage)]), Step(10, [(1, .operational)])],
            [Span(1, .partialOutage, 0, 10)]),
        Case(
            "a span of no length is dropped", [Step(0, [(1, .fullOutage)]), Step(0, [(1, .operational)])], []),
        Case(
            "a status that is undone at the same time does not split the span",
            [Step(0, [(1, .fullOutage)]), Step(10, [(1, .partialOutage)]), Step(10, [(1, .fullOutage)])],
            [Span(1, .fullOutage, 0, nil)]),
        Case(
            "an end that is undone at the same time does not split the span",
            [
                Step(0, [(1, .fullOutage)]), Step(10, [(1, .operational)]), Step(10, [(1, .fullOutage)]),
                Step(20, [(1, .operational)]),
            ],
            [Span(1, .fullOutage, 0, 20)]),
        Case(
            "of three changes at the same time, the last counts",
            [
                Step(0, [(1, .degradedPerformance)]), Step(10, [(1, .fullOutage)]), Step(10, [(1, .operational)]),
                Step(10, [(1, .partialOutage)]),
            ],
            [Span(1, .degradedPerformance, 0, 10), Span(1, .partialOutage, 10, nil)]),
        Case(
            "spans are listed by start",
            [Step(0, [(2, .fullOutage)]), Step(10, [(1, .fullOutage)]), Step(20, [(2, .partialOutage)])],
            [Span(2, .fullOutage, 0, 20), Span(1, .fullOutage, 10, nil), Span(2, .partialOutage, 20, nil)]),
        Case(
            "spans with the same start are listed by first mention",
            [Step(0, [(3, .operational)]), Step(10, [(2, .fullOutage), (1, .fullOutage), (3, .fullOutage)])],
            [Span(3, .fullOutage, 10, nil), Span(2, .fullOutage, 10, nil), Span(1, .fullOutage, 10, nil)]),
    ]

    @Test("Impacts are the maximal spans at one status", arguments: cases)
    func spans(testCase: Case) {
        let timeline = ImpactTimeline(Self.updates(testCase.steps))
        let expected = testCase.spans.map { span in
            ComponentImpact(
                componentID: id(span.component), status: span.status, startAt: StatusPagesTests.second(span.start),
                endAt: span.end.map(StatusPagesTests.second))
        }
        #expect(timeline.impacts == expected)
    }

    @Test("The current impacts are the last status of each component, in the order of first mention")
    func current() {
        let timeline = ImpactTimeline(
            Self.updates([
                Step(0, [(2, .fullOutage), (1, .partialOutage)]), Step(10, [(3, .operational), (2, .operational)]),
            ]))
        #expect(timeline.current.map(\.componentID) == [id(2), id(1), id(3)])
        #expect(timeline.current.map(\.status) == [.operational, .partialOutage, .operational])
    }

    private static func updates(_ steps: [Step]) -> [IncidentUpdate] {
        steps.enumerated().map { index, step in
            IncidentUpdate(
                id: id(UInt64(index)), publishedAt: StatusPagesTests.second(step.at), message: "m", status: step.status,
                componentStatuses: step.components.map { change(id($0), $1) }, notifiesSubscribers: false)
        }
    }
}
