/// The required shape of a value in a Statuspage document.
indirect enum Shape: Sendable {
    case text, id, url, flag, time, date, null
    case positive
    case choice([String])
    case optional(Shape)
    case array(Shape)
    /// Exactly these members, in this order.
    case object([(String, Shape)])
    /// One of two shapes. If neither fits, the differences from the first are reported.
    case either(Shape, Shape)

    /// Every difference, with its place.
    func faults(_ value: OrderedJSON?, at place: String = "") -> [String] {
        guard let value else { return ["\(place): missing"] }
        switch (self, value) {
        case (.text, .string), (.flag, .bool), (.null, .null), (.optional, .null): return []
        case (.id, .string(let text)) where text.wholeMatch(of: #/[0-7][0-9A-HJKMNP-TV-Z]{25}/#) != nil: return []
        case (.url, .string(let text)) where text.wholeMatch(of: #/https?://[a-z./A-Z0-9]+[a-zA-Z0-9]/#) != nil:
            return []
        case (.time, .string(let text))
        where text.wholeMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/#) != nil:
            return []
        case (.date, .string(let text)) where text.wholeMatch(of: #/\d{4}-\d\d-\d\d/#) != nil: return []
        case (.positive, .integer(let number)) where number > 0: return []
        case (.choice(let choices), .string(let text)) where choices.contains(text): return []
        case (.optional(let shape), _): return shape.faults(value, at: place)
        case (.array(let shape), .array(let items)):
            return items.enumerated().flatMap { shape.faults($1, at: "\(place)/\($0)") }
        case (.object(let members), .object) where members.map(\.0) == value.names:
            return members.flatMap { name, shape in shape.faults(value[name], at: "\(place)/\(name)") }
        case (.object(let members), .object):
            return ["\(place): has \(value.names), not \(members.map(\.0))"]
        case (.either(let first, let second), _):
            let faults = first.faults(value, at: place)
            return faults.isEmpty || second.faults(value, at: place).isEmpty ? [] : faults
        default: return ["\(place): \(value)"]
        }
    }
}

extension Shape {
    static func document(_ members: (String, Shape)...) -> Shape { .object([("page", page)] + members) }

    static let status = Shape.object([
        ("indicator", .choice(["none", "minor", "major", "critical", "maintenance"])),
        (
            "description",
            .choice([
                "Major System Outage", "Partial System Outage", "Minor Service Outage", "Degraded System Service",
                "Partially Degraded Service", "Service Under Maintenance", "All Systems Operational",
            ])
        ),
    ])
    static let components = Shape.array(.either(component, group))
    static let incidents = Shape.array(incident)
    static let maintenances = Shape.array(maintenance)

    static let incident = event(
        ["investigating", "identified", "monitoring", "resolved"], monitoringAt: .optional(.time),
        impacts: ["none", "minor", "major", "critical"], [])

    private static let maintenance = event(
        ["scheduled", "in_progress", "completed"], monitoringAt: .null, impacts: ["maintenance"],
        [("scheduled_for", .time), ("scheduled_until", .time)])

    private static let page = Shape.object([
        ("id", .id), ("name", .text), ("url", .url), ("time_zone", .choice(["Etc/UTC"])), ("updated_at", .time),
    ])

    private static let componentStatus = Shape.choice([
        "operational", "under_maintenance", "degraded_performance", "partial_outage", "major_outage",
    ])

    private static let component = row(startDate: .optional(.date), groupID: .optional(.id), [])
    private static let group = row(startDate: .null, groupID: .null, [("components", .array(.id))])

    private static func row(startDate: Shape, groupID: Shape, _ others: [(String, Shape)]) -> Shape {
        .object(
            [
                ("id", .id), ("name", .text), ("status", componentStatus), ("created_at", .time),
                ("updated_at", .time), ("position", .positive), ("description", .optional(.text)),
                ("showcase", .flag), ("start_date", startDate), ("group_id", groupID), ("page_id", .id),
                ("group", .flag), ("only_show_if_degraded", .flag),
            ] + others)
    }

    private static func event(
        _ statuses: [String], monitoringAt: Shape, impacts: [String], _ others: [(String, Shape)]
    ) -> Shape {
        .object(
            [
                ("id", .id), ("name", .text), ("status", .choice(statuses)), ("created_at", .time),
                ("started_at", .time), ("updated_at", .time), ("monitoring_at", monitoringAt),
                ("resolved_at", .optional(.time)), ("impact", .choice(impacts)), ("shortlink", .url),
                ("page_id", .id), ("incident_updates", .array(update(statuses))), ("components", .array(component)),
                ("reminder_intervals", .null),
            ] + others)
    }

    private static func update(_ statuses: [String]) -> Shape {
        .object([
            ("id", .id), ("status", .choice(statuses)), ("body", .text), ("incident_id", .id),
            ("created_at", .time), ("updated_at", .time), ("display_at", .time),
            ("affected_components", .optional(.array(affected))), ("deliver_notifications", .flag),
            ("custom_tweet", .null), ("tweet_id", .null),
        ])
    }

    private static let affected = Shape.object([
        ("code", .id), ("name", .text), ("old_status", componentStatus), ("new_status", componentStatus),
    ])
}
