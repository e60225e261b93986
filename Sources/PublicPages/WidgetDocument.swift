import Foundation
import StatusPages

/// The Widget API's document: the current incidents of a page, and its current and planned maintenances.
struct WidgetDocument: Encodable, Equatable {
    /// The members that all events share.
    struct Event: Encodable, Equatable {
        var id: String
        var name: String
        var status: String
        var url: String
        var lastUpdateAt: String
        var lastUpdateMessage: String
        var affectedComponents: [AffectedComponent]

        enum CodingKeys: String, CodingKey {
            case id, name, status, url
            case lastUpdateAt = "last_update_at"
            case lastUpdateMessage = "last_update_message"
            case affectedComponents = "affected_components"
        }
    }

    struct Incident: Encodable, Equatable {
        var event: Event
        var currentWorstImpact: String

        enum CodingKeys: String, CodingKey { case currentWorstImpact = "current_worst_impact" }

        func encode(to encoder: any Encoder) throws {
            try event.encode(to: encoder)
            var members = encoder.container(keyedBy: CodingKeys.self)
            try members.encode(currentWorstImpact, forKey: .currentWorstImpact)
        }
    }

    struct InProgressMaintenance: Encodable, Equatable {
        var event: Event
        var startedAt: String
        var scheduledEndAt: String

        enum CodingKeys: String, CodingKey {
            case startedAt = "started_at"
            case scheduledEndAt = "scheduled_end_at"
        }

        func encode(to encoder: any Encoder) throws {
            try event.encode(to: encoder)
            var members = encoder.container(keyedBy: CodingKeys.self)
            try members.encode(startedAt, forKey: .startedAt)
            try members.encode(scheduledEndAt, forKey: .scheduledEndAt)
        }
    }

    struct ScheduledMaintenance: Encodable, Equatable {
        var event: Event
        var startsAt: String
        var endsAt: String

        enum CodingKeys: String, CodingKey {
            case startsAt = "starts_at"
            case endsAt = "ends_at"
        }

        func encode(to encoder: any Encoder) throws {
            try event.encode(to: encoder)
            var members = encoder.container(keyedBy: CodingKeys.self)
            try members.encode(startsAt, forKey: .startsAt)
            try members.encode(endsAt, forKey: .endsAt)
        }
    }

    struct AffectedComponent: Encodable, Equatable {
        var id: String
        var name: String
        /// Omitted for a component outside a group.
        var groupName: String?
        var currentStatus: String

        enum CodingKeys: String, CodingKey {
            case id, name
            case groupName = "group_name"
            case currentStatus = "current_status"
        }
    }

    var pageTitle: String
    var pageURL: String
    var ongoingIncidents: [Incident]
    var inProgressMaintenances: [InProgressMaintenance]
    var scheduledMaintenances: [ScheduledMaintenance]

    enum CodingKeys: String, CodingKey {
        case pageTitle = "page_title"
        case pageURL = "page_url"
        case ongoingIncidents = "ongoing_incidents"
        case inProgressMaintenances = "in_progress_maintenances"
        case scheduledMaintenances = "scheduled_maintenances"
    }

    /// The document as JSON. Equal documents have equal bytes, because entity tags are hashes of them.
    func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self))
    }
}
