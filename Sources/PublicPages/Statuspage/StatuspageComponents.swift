import StatusPages

/// The visible components and groups of a page or sub-page, as Statuspage lists them.
///
/// In place of a sub-page, a page lists the items of that sub-page.
struct StatuspageComponents {
    /// A visible component. A class, because each update of an event refers to the event's components.
    final class Visible {
        let id: ID<Component>
        /// Sorts components in the page's order.
        let place: Int
        /// The id as JSON.
        let code: [UInt8]
        /// The name as JSON, with the name of the group in front.
        let fullName: [UInt8]
        /// The component as JSON, with its current status.
        let row: [UInt8]

        init(_ component: Component, in group: Structure.Group?, place: Int, row: [UInt8]) {
            id = component.id
            self.place = place
            code = JSONText.text(component.id.description)
            fullName = JSONText.text(group.map { "\($0.name) - \(component.name)" } ?? component.name)
            self.row = row
        }
    }

    /// Every component and group as JSON, in the page's order. A group comes before its components.
    private(set) var rows: [[UInt8]] = []
    private(set) var visible: [ID<Component>: Visible] = [:]
    private let state: ScopeState
    private let records: [ID<Component>: ComponentRecord]
    /// For each component, when the latest of its current impacts and maintenance periods began.
    private let beginnings: [ID<Component>: Timestamp]
    /// The position of the last item outside a group.
    private var position = 0

    init(_ state: ScopeState, _ records: [ID<Component>: ComponentRecord]) {
        self.state = state
        self.records = records
        beginnings = Self.beginnings(state)
        add(state.scope.items)
    }

    /// The visible ones of these components, in the page's order.
    func visible(of named: [ID<Component>]) -> [Visible] {
        named.compactMap { visible[$0] }.sorted { $0.place < $1.place }
    }

    private mutating func add(_ items: [Structure.Item]) {
        for item in items {
            switch item {
            case .component(let placed) where !placed.isHidden:
                position += 1
                add(placed, at: position, in: nil)
            case .group(let group) where !group.isHidden:
                position += 1
                add(group)
            case .subPage(let subPage): add(subPage.items)
            case .component, .group: break
            }
        }
    }

    private mutating func add(_ group: Structure.Group) {
        let members = group.components.filter { !$0.isHidden }
        rows.append(row(of: group, members.map(\.component.id)))
        for (index, member) in members.enumerated() { add(member, at: index + 1, in: group) }
    }

    private mutating func add(_ placed: Structure.PlacedComponent, at position: Int, in group: Structure.Group?) {
        let component = placed.component
        let record = records[component.id]
        let createdAt = record?.createdAt ?? state.createdAt
        let row = StatuspageRow(
            id: component.id.ulid, name: component.name, status: state.status(of: component.id), createdAt: createdAt,
            updatedAt: changedAt(component.id) ?? createdAt, position: position, description: component.description,
            hasBar: placed.displayUptime && showsBars, dataSince: record?.dataAvailableSince, groupID: group?.id,
            pageID: state.scope.id, members: nil
        ).json
        rows.append(row)
        visible[component.id] = Visible(component, in: group, place: visible.count, row: row)
    }

    private func row(of group: Structure.Group, _ members: [ID<Component>]) -> [UInt8] {
        // The creation time of a group is not stored, so the group gets that of its page.
        StatuspageRow(
            id: group.id.ulid, name: group.name,
            status: members.map { state.status(of: $0) }.max() ?? .operational, createdAt: state.createdAt,
            updatedAt: members.compactMap(changedAt).max() ?? state.createdAt, position: position,
            description: group.description, hasBar: group.displayAggregatedUptime && showsBars, dataSince: nil,
            groupID: nil, pageID: state.scope.id, members: members
        ).json
    }

    private var showsBars: Bool { state.scope.page.displayUptimeMode != .nothing }

    /// When the status of a component last changed; nil if it never did.
    private func changedAt(_ component: ID<Component>) -> Timestamp? {
        [records[component]?.lastEndedAt, beginnings[component]].compactMap { $0 }.max()
    }

    private static func beginnings(_ state: ScopeState) -> [ID<Component>: Timestamp] {
        var beginnings: [ID<Component>: Timestamp] = [:]
        func note(_ start: Timestamp, _ component: ID<Component>) {
            beginnings[component] = max(start, beginnings[component] ?? start)
        }
        for impact in state.incidents.flatMap(\.timeline.impacts) where impact.endAt == nil {
            note(impact.startAt, impact.componentID)
        }
        for maintenance in state.maintenances where maintenance.status == .inProgress {
            // If a window is moved, a period that has begun can get a start in the future.
            let latest = maintenance.changedAt
            for period in maintenance.periods where period.isOpen {
                note(min(period.startAt, latest), period.componentID)
            }
        }
        return beginnings
    }
}

/// A component or a group, as Statuspage describes it.
private struct StatuspageRow {
    let id: ULID
    let name: String
    let status: ShownStatus
    let createdAt: Timestamp
    /// When the status last changed or, if it never did, the time of creation.
    let updatedAt: Timestamp
    /// From 1, within the group or the page.
    let position: Int
    let description: String?
    let hasBar: Bool
    let dataSince: Timestamp?
    let groupID: ID<Structure.Group>?
    let pageID: ULID
    /// Nil for a component.
    let members: [ID<Component>]?

    var json: [UInt8] {
        JSONText.object { text in
            text.member("id", id.description)
            text.member("name", name)
            text.member("status", status.statuspageName)
            text.member("created_at", createdAt.rfc3339)
            text.member("updated_at", updatedAt.rfc3339)
            text.member("position", position)
            text.member("description", description)
            text.member("showcase", hasBar)
            text.member("start_date", dataSince.map { String($0.rfc3339.prefix(10)) })
            text.member("group_id", groupID?.description)
            text.member("page_id", pageID.description)
            text.member("group", members != nil)
            text.member("only_show_if_degraded", false)
            if let members { text.array("components", members) { $0.value($1.description) } }
        }
    }
}

extension JSONText {
    /// A complete JSON text with one string.
    fileprivate static func text(_ content: String) -> [UInt8] {
        var text = JSONText()
        text.value(content)
        return text.bytes
    }
}
