import Cryptography
public import StatusPages
import Storage

/// The parts of the Widget API's document: the JSON of each event, in order. A write makes only the JSON of the events
/// that it changed, and copies the JSON of the others.
struct SummaryEntries: Sendable {
    /// One event's JSON.
    private struct Entry: Sendable {
        let id: ULID
        /// Entries are in ascending order of these.
        let order: (Int64, ULID)
        let json: [UInt8]
        /// Half of the SHA-256 of the JSON.
        let digest: (UInt64, UInt64)

        init(_ id: ULID, order: Int64, _ json: [UInt8]) {
            self.id = id
            self.order = (order, id)
            self.json = json
            digest = SHA256.hash(json).withUnsafeBytes {
                ($0.loadUnaligned(as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            }
        }
    }

    private let scope: PageScope
    /// Oldest first, although the document has the newest first: new incidents are added at the end.
    private var incidents: [Entry] = []
    /// By start.
    private var inProgress: [Entry] = []
    /// By start.
    private var scheduled: [Entry] = []

    init(_ state: PageState, _ scope: PageScope) {
        self.scope = scope
        let writer = SummaryWriter(scope: scope)
        incidents = state.incidents.reversed().compactMap { Self.entry($0, writer) }
        for maintenance in state.maintenances { insert(maintenance, writer) }
    }

    /// Brings the entries up to date.
    /// - Returns: whether anything may have changed.
    mutating func update(_ changed: ChangedEvents, in state: PageState) -> Bool {
        var isChanged = false
        let writer = SummaryWriter(scope: scope)
        for id in changed.incidents {
            if Self.remove(id.ulid, from: &incidents) { isChanged = true }
            guard let incident = state.incidents.first(where: { $0.id == id }),
                let entry = Self.entry(incident, writer)
            else { continue }
            Self.insert(entry, into: &incidents)
            isChanged = true
        }
        for id in changed.maintenances {
            if Self.remove(id.ulid, from: &inProgress) { isChanged = true }
            if Self.remove(id.ulid, from: &scheduled) { isChanged = true }
            guard let maintenance = state.maintenances.first(where: { $0.id == id }) else { continue }
            if insert(maintenance, writer) { isChanged = true }
        }
        return isChanged
    }

    /// The document's JSON.
    func body() -> [UInt8] {
        let size = [incidents, inProgress, scheduled].joined().reduce(0) { $0 + $1.json.count + 1 }
        var text = JSONText(capacity: size + 1_024)
        text.object { text in
            text.name("in_progress_maintenances")
            text.array(ofJSON: inProgress.lazy.map(\.json))
            text.name("ongoing_incidents")
            text.array(ofJSON: incidents.reversed().lazy.map(\.json))
            text.member("page_title", scope.name)
            text.member("page_url", scope.url)
            text.name("scheduled_maintenances")
            text.array(ofJSON: scheduled.lazy.map(\.json))
        }
        return text.bytes
    }

    /// A digest of the document, made from the digests of its parts. So its cost does not grow with their length.
    var digest: String {
        var parts = JSONText.object { text in
            text.member("page_title", scope.name)
            text.member("page_url", scope.url)
        }
        for entries in [inProgress, incidents, scheduled] {
            parts += "\n\(entries.count)\n".utf8
            for entry in entries { withUnsafeBytes(of: entry.digest) { parts += $0 } }
        }
        return Document.hex(SHA256.hash(parts).prefix(16))
    }

    private static func entry(_ incident: Incident, _ writer: SummaryWriter) -> Entry? {
        guard writer.scope.shows(incident) else { return nil }
        return Entry(incident.id.ulid, order: incident.publishedAt.milliseconds, writer.json(of: incident))
    }

    /// - Returns: whether the scope shows the maintenance.
    @discardableResult
    private mutating func insert(_ maintenance: Maintenance, _ writer: SummaryWriter) -> Bool {
        guard scope.shows(maintenance) else { return false }
        let id = maintenance.id.ulid
        switch maintenance.status {
        case .inProgress:
            let json = writer.json(ofInProgress: maintenance)
            Self.insert(Entry(id, order: maintenance.startedAt.milliseconds, json), into: &inProgress)
        case .scheduled:
            let json = writer.json(ofScheduled: maintenance)
            Self.insert(Entry(id, order: maintenance.window.startAt.milliseconds, json), into: &scheduled)
        case .complete: return false
        }
        return true
    }

    private static func insert(_ entry: Entry, into entries: inout [Entry]) {
        let index = entries.lastIndex { $0.order < entry.order }
        entries.insert(entry, at: index.map { $0 + 1 } ?? 0)
    }

    private static func remove(_ id: ULID, from entries: inout [Entry]) -> Bool {
        guard let index = entries.lastIndex(where: { $0.id == id }) else { return false }
        entries.remove(at: index)
        return true
    }
}

/// Writes events as the Widget API shows them.
struct SummaryWriter {
    let scope: PageScope

    func json(of incident: Incident) -> [UInt8] {
        let current = Dictionary(
            incident.timeline.current.map { ($0.componentID, $0.status) }, uniquingKeysWith: { $1 })
        let worst = scope.visible.compactMap { current[$0.component.id] }.max() ?? .operational
        return JSONText.object { text in
            affected(in: &text) { current[$0]?.rawValue }
            text.member("current_worst_impact", worst.rawValue)
            text.member("id", incident.id.description)
            lastUpdate(incident.updates.last, publishedAt: incident.publishedAt, in: &text)
            text.member("name", incident.name)
            text.member("status", incident.status.rawValue)
            text.member("url", scope.url(of: incident.id))
        }
    }

    func json(ofInProgress maintenance: Maintenance) -> [UInt8] {
        let touched = Set(maintenance.touchedComponents)
        let underMaintenance = Set(maintenance.periods.filter(\.isOpen).map(\.componentID))
        return JSONText.object { text in
            affected(in: &text) { component in
                guard touched.contains(component) else { return nil }
                let status: MaintenanceComponentStatus =
                    underMaintenance.contains(component) ? .underMaintenance : .operational
                return status.rawValue
            }
            text.member("id", maintenance.id.description)
            lastUpdate(maintenance.updates.last, publishedAt: maintenance.publishedAt, in: &text)
            text.member("name", maintenance.name)
            text.member("scheduled_end_at", maintenance.window.endAt.rfc3339)
            text.member("started_at", maintenance.startedAt.rfc3339)
            text.member("status", maintenance.status.rawValue)
            text.member("url", scope.url(of: maintenance.id))
        }
    }

    func json(ofScheduled maintenance: Maintenance) -> [UInt8] {
        let touched = Set(maintenance.touchedComponents)
        return JSONText.object { text in
            affected(in: &text) { touched.contains($0) ? MaintenanceComponentStatus.operational.rawValue : nil }
            text.member("ends_at", maintenance.window.endAt.rfc3339)
            text.member("id", maintenance.id.description)
            lastUpdate(maintenance.updates.last, publishedAt: maintenance.publishedAt, in: &text)
            text.member("name", maintenance.name)
            text.member("starts_at", maintenance.window.startAt.rfc3339)
            text.member("status", maintenance.status.rawValue)
            text.member("url", scope.url(of: maintenance.id))
        }
    }

    /// The visible components for which the event has a status.
    private func affected(in text: inout JSONText, _ status: (ID<Component>) -> String?) {
        text.array("affected_components", scope.visible) { text, placement in
            guard let status = status(placement.component.id) else { return }
            text.object { text in
                text.member("current_status", status)
                if let groupName = placement.groupName { text.member("group_name", groupName) }
                text.member("id", placement.component.id.description)
                text.member("name", placement.component.name)
            }
        }
    }

    private func lastUpdate<Status, ComponentStatus>(
        _ update: EventUpdate<Status, ComponentStatus>?, publishedAt: Timestamp, in text: inout JSONText
    ) {
        text.member("last_update_at", (update?.publishedAt ?? publishedAt).rfc3339)
        text.member("last_update_message", update?.message ?? "")
    }
}

/// A page's summary for its owner, even if the page has no widget.
public enum SummaryPreview {
    /// The same bytes that readers of the widget would get.
    public static func body(of state: PageState) -> [UInt8] {
        SummaryEntries(state, PageScope(state.page, pageURL: state.url)).body()
    }
}
