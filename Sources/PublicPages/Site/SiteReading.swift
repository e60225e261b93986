import StatusPages
import Storage

/// The past, as the pages show it.
extension Reading {
    private static let day: Int64 = 86_400_000

    /// The bars of the components and groups that show one, by their ids.
    func bars(at now: Timestamp) throws -> [ULID: UptimeBar] {
        let mode = scope.page.displayUptimeMode
        guard mode != .nothing else { return [:] }
        let begin = today.advanced(byMilliseconds: -Int64(UptimeBar.days - 1) * Self.day)
        let lasting =
            edition.state.incidents.map(EventSpans.init) + edition.state.maintenances.map(EventSpans.init)
        var spans: [ID<Component>: [UptimeBar.NamedSpan]] = [:]
        for event in try history.endedSpans(of: scope.page.id, endingAfter: begin) {
            for span in event.spans { spans[span.componentID, default: []].append((span, event.name)) }
        }
        for event in lasting {
            for span in event.spans where span.endAt == nil {
                spans[span.componentID, default: []].append((span, event.name))
            }
        }
        let records = try history.componentRecords(of: scope.page.id)
        var bars: [ULID: UptimeBar] = [:]
        func add(_ id: ULID, _ components: [ID<Component>]) {
            let since = components.compactMap { records[$0]?.dataAvailableSince }.min()
            let bar = UptimeBar(components.flatMap { spans[$0] ?? [] }, since: since, now: now)
            bars[id] = mode == .chartAndPercentage ? bar : UptimeBar(days: bar.days, percentage: nil)
        }
        func add(_ placed: Structure.PlacedComponent) {
            if placed.displayUptime, !placed.isHidden { add(placed.component.id.ulid, [placed.component.id]) }
        }
        for item in scope.items {
            switch item {
            case .component(let placed): add(placed)
            case .group(let group) where !group.isHidden:
                group.components.forEach(add)
                let members = group.components.filter { $0.displayUptime && !$0.isHidden }.map(\.component.id)
                if group.displayAggregatedUptime, !members.isEmpty { add(group.id.ulid, members) }
            case .group, .subPage: break
            }
        }
        return bars
    }

    /// The events that ended in the last `SitePage.pastDays` days, newest first.
    func past(at now: Timestamp) throws -> [PageEvent] {
        let begin = now.advanced(byMilliseconds: -Int64(SitePage.pastDays) * Self.day)
        return try history.endedEvents(in: scope, after: begin, limit: SitePage.mostPast)
    }

    /// A page of the history; nil if every event is newer.
    func history(page: Int) throws -> (months: [HistoryMonth], hasOlder: Bool)? {
        let months = CalendarMonth.page(page, at: today)
        guard let newest = months.first, let oldest = months.last, let begin = oldest.start,
            let end = newest.earlier(by: -1).start
        else { return nil }
        let events = try history.begunEvents(in: scope, from: begin, until: end)
        let hasOlder = try history.hasEvent(in: scope, before: begin)
        guard page == 1 || !events.isEmpty || hasOlder else { return nil }
        let byMonth = Dictionary(grouping: events) { CalendarMonth(of: $0.beganAt).id }
        return (months.map { HistoryMonth(month: $0, events: byMonth[$0.id] ?? []) }, hasOlder)
    }
}
