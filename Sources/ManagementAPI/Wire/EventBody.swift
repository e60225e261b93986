import Publishing
import StatusPages

/// The JSON of an incident or a maintenance.
struct EventBody<Event: EventResource>: Encodable {
    private let event: Event

    init(_ event: Event) { self.event = event }

    func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: MemberName.self)
        try members.encode(event.id.description, forKey: "id")
        try members.encode(event.pageID.description, forKey: "status_page_id")
        try members.encode(event.name, forKey: "name")
        try members.encode(event.publishedAt.rfc3339, forKey: "published_at")
        try members.encode(event.status.rawValue, forKey: MemberName(Event.names.status))
        try members.encode(event.updates.map { EventUpdateBody<Event>($0, of: event.id) }, forKey: "updates")
        try event.encodeOwnMembers(into: &members)
    }
}

/// The JSON of an update.
struct EventUpdateBody<Event: EventResource>: Encodable {
    private let update: Event.Update
    private let event: ID<Event>

    init(_ update: Event.Update, of event: ID<Event>) {
        self.update = update
        self.event = event
    }

    func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: MemberName.self)
        try members.encode(update.id.description, forKey: "id")
        try members.encode(event.description, forKey: MemberName(Event.names.id))
        try members.encode(update.publishedAt.rfc3339, forKey: "published_at")
        try members.encode(update.message, forKey: "message")
        try members.encodeIfPresent(update.editedAt?.rfc3339, forKey: "edited_at")
        try members.encode(update.status.rawValue, forKey: MemberName(Event.names.status))
        try members.encode(update.componentStatuses.map(ComponentSpanBody.init), forKey: "component_statuses")
    }
}

/// The JSON of a component's status in an event, for a span of time. Without times, it is the status that an update set.
struct ComponentSpanBody: Encodable {
    let componentID: String
    /// Nil for the periods of a maintenance.
    var componentStatus: String?
    var startAt: String?
    var endAt: String?

    enum CodingKeys: String, CodingKey {
        case componentID = "component_id"
        case componentStatus = "component_status"
        case startAt = "start_at"
        case endAt = "end_at"
    }

    init<Status: RawRepresentable>(_ change: StatusChange<Status>) where Status.RawValue == String {
        componentID = change.componentID.description
        componentStatus = change.status.rawValue
    }

    init(_ impact: ComponentImpact) {
        componentID = impact.componentID.description
        componentStatus = impact.status.rawValue
        startAt = impact.startAt.rfc3339
        endAt = impact.endAt?.rfc3339
    }

    init(_ period: MaintenancePeriod) {
        componentID = period.componentID.description
        startAt = period.startAt.rfc3339
        endAt = period.endAt?.rfc3339
    }
}
