import Foundation
import StatusPages

/// The Widget API's document: what is wrong on a page now, and what is planned.
struct WidgetDocument: Encodable, Equatable {
    struct Incident: Encodable, Equatable {
        var id: String
        var name: String
        var status: String
        var url: String
        var lastUpdateAt: String
        var lastUpdateMessage: String
        var currentWorstImpact: String
        var affectedComponents: [AffectedComponent]

        enum CodingKeys: String, CodingKey {
            case id, name, status, url
            case lastUpdateAt = "last_update_at"
            case lastUpdateMessage = "last_update_message"
            case currentWorstImpact = "current_worst_impact"
            case affectedComponents = "affected_components"
        }
    }

    struct AffectedComponent: Encodable, Equatable {
        var id: String
        var name: String
        /// Left out for a component outside a group.
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
    /// Nothing makes a maintenance yet, so there is none to be listed.
    let inProgressMaintenances: [Never] = []
    let scheduledMaintenances: [Never] = []

    enum CodingKeys: String, CodingKey {
        case pageTitle = "page_title"
        case pageURL = "page_url"
        case ongoingIncidents = "ongoing_incidents"
        case inProgressMaintenances = "in_progress_maintenances"
        case scheduledMaintenances = "scheduled_maintenances"
    }

    /// The document's bytes: the same for equal documents, since entity tags are made from them.
    func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self))
    }
}
