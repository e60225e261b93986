import StatusPages

/// The documents of Statuspage's public API, version 2, for a page or sub-page (developer.statuspage.io, and real
/// pages). Programs that read them are strict, so every key is always present, and null if there is no value.
struct StatuspageDocuments {
    private let state: ScopeState
    private let listed: StatuspageComponents
    /// The value of `page`.
    private let page: [UInt8]

    /// - Parameters:
    ///   - components: the facts about the components of the scope.
    ///   - updatedAt: the last change of any event of the scope; without events, when the page was created.
    init(state: ScopeState, components: [ID<Component>: ComponentRecord], updatedAt: Timestamp) {
        self.state = state
        listed = StatuspageComponents(state, components)
        page = JSONText.object { text in
            text.member("id", state.scope.id.description)
            text.member("name", state.scope.name)
            text.member("url", state.scope.url)
            text.member("time_zone", "Etc/UTC")
            text.member("updated_at", updatedAt.rfc3339)
        }
    }

    /// `summary.json`
    func summary() -> [UInt8] {
        document { text in
            writeComponents(to: &text)
            write("incidents", newestFirst(state.incidents), to: &text)
            write("scheduled_maintenances", soonestFirst(state.maintenances), to: &text)
            writeStatus(to: &text)
        }
    }

    /// `status.json`
    func status() -> [UInt8] { document(writeStatus) }

    /// `components.json`
    func components() -> [UInt8] { document(writeComponents) }

    /// `incidents.json`
    /// - Parameter newest: the incidents of the list, resolved ones included, in any order.
    func incidents(_ newest: [Incident]) -> [UInt8] { document { write("incidents", newestFirst(newest), to: &$0) } }

    /// `incidents/unresolved.json`
    func unresolvedIncidents() -> [UInt8] { incidents(state.incidents) }

    /// `incidents/<id>.json`
    func incident(_ incident: Incident) -> [UInt8] {
        document { text in
            text.name("incident")
            StatuspageEvent(incident, listed, state.scope).write(to: &text)
        }
    }

    /// `scheduled-maintenances.json`
    /// - Parameter latest: the maintenances of the list, completed ones included, in any order.
    func scheduledMaintenances(_ latest: [Maintenance]) -> [UInt8] {
        document { write("scheduled_maintenances", soonestFirst(latest).reversed(), to: &$0) }
    }

    /// `scheduled-maintenances/upcoming.json`
    func upcomingMaintenances() -> [UInt8] { maintenances(.scheduled) }

    /// `scheduled-maintenances/active.json`
    func activeMaintenances() -> [UInt8] { maintenances(.inProgress) }

    private func maintenances(_ status: Maintenance.Status) -> [UInt8] {
        let maintenances = soonestFirst(state.maintenances.filter { $0.status == status })
        return document { write("scheduled_maintenances", maintenances, to: &$0) }
    }

    private func newestFirst(_ incidents: [Incident]) -> [Incident] {
        incidents.sorted { ($0.publishedAt, $0.id) > ($1.publishedAt, $1.id) }
    }

    private func soonestFirst(_ maintenances: [Maintenance]) -> [Maintenance] {
        maintenances.sorted { ($0.window.startAt, $0.id) < ($1.window.startAt, $1.id) }
    }
}

// MARK: The parts of a document

extension StatuspageDocuments {
    private func document(_ members: (inout JSONText) -> Void) -> [UInt8] {
        JSONText.object { text in
            text.name("page")
            text.value(ofJSON: page)
            members(&text)
        }
    }

    private func writeComponents(to text: inout JSONText) {
        text.name("components")
        text.array(ofJSON: listed.rows)
    }

    private func writeStatus(to text: inout JSONText) {
        let status = StatuspageStatus(state)
        text.object("status") { text in
            text.member("indicator", status.indicator.rawValue)
            text.member("description", status.description)
        }
    }

    private func write(_ name: StaticString, _ incidents: [Incident], to text: inout JSONText) {
        text.array(name, incidents) { StatuspageEvent($1, listed, state.scope).write(to: &$0) }
    }

    private func write(_ name: StaticString, _ maintenances: [Maintenance], to text: inout JSONText) {
        text.array(name, maintenances) { StatuspageEvent($1, listed, state.scope).write(to: &$0) }
    }
}
