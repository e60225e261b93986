import StatusPages

struct MaintenanceBody: Encodable {
    struct Period: Encodable {
        let componentID: String
        let startAt: String
        let endAt: String?

        enum CodingKeys: String, CodingKey {
            case componentID = "component_id"
            case startAt = "start_at"
            case endAt = "end_at"
        }

        init(_ period: MaintenancePeriod) {
            componentID = period.componentID.description
            startAt = period.startAt.rfc3339
            endAt = period.endAt?.rfc3339
        }
    }

    let id: String
    let pageID: String
    let name: String
    let publishedAt: String
    let maintenanceStatus: String
    let isAutomated: Bool
    let updates: [MaintenanceUpdateBody]
    let periods: [Period]

    enum CodingKeys: String, CodingKey {
        case id, name, updates
        case pageID = "status_page_id"
        case publishedAt = "published_at"
        case maintenanceStatus = "maintenance_status"
        case isAutomated = "automate_maintenance_status"
        case periods = "component_maintenance_periods"
    }

    init(_ maintenance: Maintenance) {
        id = maintenance.id.description
        pageID = maintenance.pageID.description
        name = maintenance.name
        publishedAt = maintenance.publishedAt.rfc3339
        maintenanceStatus = maintenance.status.rawValue
        isAutomated = maintenance.isAutomated
        updates = maintenance.updates.map { MaintenanceUpdateBody($0, of: maintenance.id) }
        periods = maintenance.periods.map(Period.init)
    }
}

struct MaintenanceUpdateBody: Encodable {
    let id: String
    let maintenanceID: String
    let publishedAt: String
    let message: String
    let editedAt: String?
    let maintenanceStatus: String
    let componentStatuses: [ComponentStatusBody]

    enum CodingKeys: String, CodingKey {
        case id, message
        case editedAt = "edited_at"
        case maintenanceID = "status_page_maintenance_id"
        case publishedAt = "published_at"
        case maintenanceStatus = "maintenance_status"
        case componentStatuses = "component_statuses"
    }

    init(_ update: MaintenanceUpdate, of maintenance: ID<Maintenance>) {
        id = update.id.description
        maintenanceID = maintenance.description
        publishedAt = update.publishedAt.rfc3339
        message = update.message
        editedAt = update.editedAt?.rfc3339
        maintenanceStatus = update.status.rawValue
        componentStatuses = update.componentStatuses.map(ComponentStatusBody.init)
    }
}

struct MaintenanceResult: Encodable {
    let maintenance: MaintenanceBody

    enum CodingKeys: String, CodingKey { case maintenance = "status_page_maintenance" }
}

struct MaintenanceListResult: Encodable {
    let maintenances: [MaintenanceBody]
    let paginationMeta: PaginationMeta

    enum CodingKeys: String, CodingKey {
        case maintenances = "status_page_maintenances"
        case paginationMeta = "pagination_meta"
    }
}

struct MaintenanceUpdateResult: Encodable {
    let update: MaintenanceUpdateBody

    enum CodingKeys: String, CodingKey { case update = "status_page_maintenance_update" }
}
