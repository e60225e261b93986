/// The status of a component as a page shows it: the worst that the current events give it. From best to worst.
public enum ShownStatus: String, CaseIterable, Comparable, Sendable {
    case operational
    case underMaintenance = "under_maintenance"
    case degradedPerformance = "degraded_performance"
    case partialOutage = "partial_outage"
    case fullOutage = "full_outage"

    public init(_ status: ComponentStatus) {
        self =
            switch status {
            case .operational: .operational
            case .degradedPerformance: .degradedPerformance
            case .partialOutage: .partialOutage
            case .fullOutage: .fullOutage
            }
    }

    private var severity: Int {
        switch self {
        case .operational: 0
        case .underMaintenance: 1
        case .degradedPerformance: 2
        case .partialOutage: 3
        case .fullOutage: 4
        }
    }

    public static func < (left: ShownStatus, right: ShownStatus) -> Bool { left.severity < right.severity }
}

/// The state of a whole page in one word.
public enum OverallStatus: String, CaseIterable, Sendable {
    case operational
    case underMaintenance = "under_maintenance"
    /// An incident is ongoing, but it affects no visible component at the moment.
    case incident
    case degradedPerformance = "degraded_performance"
    case partialOutage = "partial_outage"
    case fullOutage = "full_outage"
}
