public import StatusPages

/// The names of statuses for readers. Feeds, calendars and badges have them in English, whatever the page's language
/// is.
extension Incident.Status {
    public var word: String {
        switch self {
        case .investigating: "Investigating"
        case .identified: "Identified"
        case .monitoring: "Monitoring"
        case .resolved: "Resolved"
        }
    }
}

extension Maintenance.Status {
    public var word: String {
        switch self {
        case .scheduled: "Scheduled"
        case .inProgress: "In progress"
        case .complete: "Completed"
        }
    }
}

extension ShownStatus {
    public var word: String {
        switch self {
        case .operational: "Operational"
        case .underMaintenance: "Under maintenance"
        case .degradedPerformance: "Degraded performance"
        case .partialOutage: "Partial outage"
        case .fullOutage: "Full outage"
        }
    }
}

extension OverallStatus {
    public var word: String {
        switch self {
        case .operational: "All systems operational"
        case .underMaintenance: "Under maintenance"
        case .incident: "Ongoing incident"
        case .degradedPerformance: "Degraded performance"
        case .partialOutage: "Partial outage"
        case .fullOutage: "Full outage"
        }
    }
}
