import StatusPages

struct IncidentBody: Encodable {
    struct Impact: Encodable {
        let componentID: String
        let componentStatus: String
        let startAt: String
        let endAt: String?

        enum CodingKeys: String, CodingKey {
            case componentID = "component_id"
            case componentStatus = "component_status"
            case startAt = "start_at"
            case endAt = "end_at"
        }

        init(_ impact: ComponentImpact) {
            componentID = impact.componentID.description
            componentStatus = impact.status.rawValue
            startAt = impact.startAt.rfc3339
            endAt = impact.endAt?.rfc3339
        }
    }

    let id: String
    let pageID: String
    let name: String
    let publishedAt: String
    let incidentStatus: String
    let updates: [IncidentUpdateBody]
    let componentImpacts: [Impact]

    enum CodingKeys: String, CodingKey {
        case id, name, updates
        case pageID = "status_page_id"
        case publishedAt = "published_at"
        case incidentStatus = "incident_status"
        case componentImpacts = "component_impacts"
    }

    init(_ incident: Incident) {
        id = incident.id.description
        pageID = incident.pageID.description
        name = incident.name
        publishedAt = incident.publishedAt.rfc3339
        incidentStatus = incident.status.rawValue
        updates = incident.updates.map { IncidentUpdateBody($0, of: incident.id) }
        componentImpacts = incident.timeline.impacts.map(Impact.init)
    }
}

struct IncidentUpdateBody: Encodable {
    let id: String
    let incidentID: String
    let publishedAt: String
    let message: String
    let editedAt: String?
    let incidentStatus: String
    let componentStatuses: [ComponentStatusBody]

    enum CodingKeys: String, CodingKey {
        case id, message
        case editedAt = "edited_at"
        case incidentID = "status_page_incident_id"
        case publishedAt = "published_at"
        case incidentStatus = "incident_status"
        case componentStatuses = "component_statuses"
    }

    init(_ update: IncidentUpdate, of incident: ID<Incident>) {
        id = update.id.description
        incidentID = incident.description
        publishedAt = update.publishedAt.rfc3339
        message = update.message
        editedAt = update.editedAt?.rfc3339
        incidentStatus = update.status.rawValue
        componentStatuses = update.componentStatuses.map(ComponentStatusBody.init)
    }
}

struct IncidentResult: Encodable {
    let incident: IncidentBody

    enum CodingKeys: String, CodingKey { case incident = "status_page_incident" }
}

struct IncidentListResult: Encodable {
    let incidents: [IncidentBody]
    let paginationMeta: PaginationMeta

    enum CodingKeys: String, CodingKey {
        case incidents = "status_page_incidents"
        case paginationMeta = "pagination_meta"
    }
}

struct IncidentUpdateResult: Encodable {
    let update: IncidentUpdateBody

    enum CodingKeys: String, CodingKey { case update = "status_page_incident_update" }
}
