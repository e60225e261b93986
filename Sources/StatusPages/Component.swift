/// A part of the organisation's systems. Status pages show its status.
public struct Component: Equatable, Sendable {
    public let id: ID<Component>
    public var name: String
    public var description: String?

    public init(id: ID<Component>, name: String, description: String? = nil) {
        self.id = id
        self.name = name
        self.description = description
    }
}

/// The status of a component in an incident, from best to worst.
public enum ComponentStatus: String, CaseIterable, Comparable, Sendable {
    case operational
    case degradedPerformance = "degraded_performance"
    case partialOutage = "partial_outage"
    case fullOutage = "full_outage"

    private var severity: Int {
        switch self {
        case .operational: 0
        case .degradedPerformance: 1
        case .partialOutage: 2
        case .fullOutage: 3
        }
    }

    public static func < (left: ComponentStatus, right: ComponentStatus) -> Bool { left.severity < right.severity }
}
