@testable import PublicPages
@testable import StatusPages

/// Minutes after the moment at which the pages of these tests were created, 2023-11-14T22:13:20Z.
func minute(_ minute: Int64) -> Timestamp { Timestamp(milliseconds: 1_700_000_000_000 + minute * 60_000) }

/// One update of an event.
struct Step<Status: EventStatus, Given: Equatable & Sendable> {
    let time: Timestamp
    let status: Status
    let given: [(UInt64, Given)]

    init(_ minutes: Int64, _ status: Status, _ given: [(UInt64, Given)] = []) {
        time = minute(minutes)
        self.status = status
        self.given = given
    }

    fileprivate static func updates(of event: UInt64, _ steps: [Step]) -> [EventUpdate<Status, Given>] {
        steps.enumerated().map { index, step in
            EventUpdate(
                id: makeID(event * 100 + UInt64(index)), publishedAt: step.time,
                message: "Message \(index)", status: step.status,
                componentStatuses: step.given.map { StatusChange(componentID: makeID($0.0), status: $0.1) },
                notifiesSubscribers: index == 0)
        }
    }
}

typealias IncidentStep = Step<Incident.Status, ComponentStatus>
typealias MaintenanceStep = Step<Maintenance.Status, MaintenanceComponentStatus>

extension Incident {
    static func steps(_ number: UInt64, _ steps: IncidentStep...) -> Incident { self.steps(number, steps) }

    static func steps(_ number: UInt64, _ steps: [IncidentStep]) -> Incident {
        Incident(
            id: makeID(number), pageID: makeID(1), name: "Incident \(number)",
            publishedAt: steps.first?.time ?? minute(0), status: steps.last?.status ?? .investigating,
            updates: IncidentStep.updates(of: number, steps))
    }
}

extension Maintenance {
    /// A maintenance with a window from minute 60 to minute 120 by default.
    /// - Parameter open: the components with an open period, and its start.
    static func steps(
        _ number: UInt64, window: (Int64, Int64) = (60, 120), open: [(UInt64, Int64)] = [], _ steps: MaintenanceStep...
    ) -> Maintenance {
        let window = Window(startAt: minute(window.0), endAt: minute(window.1))
        return Maintenance(
            id: makeID(number), pageID: makeID(1), name: "Maintenance \(number)",
            publishedAt: steps.first?.time ?? minute(0), status: steps.last?.status ?? .scheduled, window: window,
            isAutomated: false, updates: MaintenanceStep.updates(of: number, steps),
            periods: open.map {
                MaintenancePeriod(
                    componentID: makeID($0.0), startAt: minute($0.1), endAt: window.endAt, isOpen: true)
            })
    }
}

extension StatuspageDocuments {
    /// The documents of a page, or of its sub-page with this key.
    init(
        _ page: StatusPage, subPage key: String? = nil, incidents: [Incident] = [], maintenances: [Maintenance] = [],
        records: [UInt64: ComponentRecord] = [:], updatedAt: Timestamp = minute(0)
    ) {
        let url = page.publicURL(serverURL: "https://status.example")
        let subPage = page.structure.subPages.first { $0.key == key }
        let state = PageState(
            page: page, url: url, createdAt: minute(0), incidents: incidents, maintenances: maintenances)
        let pairs = records.map { (makeID($0.key) as ID<Component>, $0.value) }
        self.init(
            state: ScopeState(state, PageScope(page, pageURL: url, subPage: subPage)),
            components: Dictionary(uniqueKeysWithValues: pairs), updatedAt: updatedAt)
    }
}
