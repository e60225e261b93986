import Foundation

@testable import PublicPages
@testable import StatusPages

/// Renders a page's summaries and reads them.
struct WidgetBuilder {
    let state: PageState

    init(_ state: PageState) { self.state = state }

    func document() -> WidgetDocument { document(PageScope(state.page, pageURL: state.url)) }

    func document(of subPage: Structure.SubPage) -> WidgetDocument {
        document(PageScope(state.page, pageURL: state.url, subPage: subPage))
    }

    private func document(_ scope: PageScope) -> WidgetDocument {
        let body = SummaryEntries(state, scope).body()
        do {
            return try JSONDecoder().decode(WidgetDocument.self, from: Data(body))
        } catch {
            preconditionFailure("not a summary: \(error): \(String(decoding: body, as: UTF8.self))")
        }
    }
}

/// The Widget API's document, as a client reads it.
struct WidgetDocument: Decodable {
    struct Event: Decodable, Equatable {
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

    struct Incident: Decodable {
        let event: Event
        let currentWorstImpact: String

        enum CodingKeys: String, CodingKey { case currentWorstImpact = "current_worst_impact" }

        init(from decoder: any Decoder) throws {
            event = try Event(from: decoder)
            currentWorstImpact = try decoder.container(keyedBy: CodingKeys.self)
                .decode(String.self, forKey: .currentWorstImpact)
        }
    }

    struct InProgressMaintenance: Decodable {
        let event: Event
        let startedAt: String
        let scheduledEndAt: String

        enum CodingKeys: String, CodingKey {
            case startedAt = "started_at"
            case scheduledEndAt = "scheduled_end_at"
        }

        init(from decoder: any Decoder) throws {
            event = try Event(from: decoder)
            let members = try decoder.container(keyedBy: CodingKeys.self)
            startedAt = try members.decode(String.self, forKey: .startedAt)
            scheduledEndAt = try members.decode(String.self, forKey: .scheduledEndAt)
        }
    }

    struct ScheduledMaintenance: Decodable {
        let event: Event
        let startsAt: String
        let endsAt: String

        enum CodingKeys: String, CodingKey {
            case startsAt = "starts_at"
            case endsAt = "ends_at"
        }

        init(from decoder: any Decoder) throws {
            event = try Event(from: decoder)
            let members = try decoder.container(keyedBy: CodingKeys.self)
            startsAt = try members.decode(String.self, forKey: .startsAt)
            endsAt = try members.decode(String.self, forKey: .endsAt)
        }
    }

    struct AffectedComponent: Decodable, Equatable {
        var id: String
        var name: String
        var groupName: String?
        var currentStatus: String

        enum CodingKeys: String, CodingKey {
            case id, name
            case groupName = "group_name"
            case currentStatus = "current_status"
        }
    }

    let pageTitle: String
    let pageURL: String
    let ongoingIncidents: [Incident]
    let inProgressMaintenances: [InProgressMaintenance]
    let scheduledMaintenances: [ScheduledMaintenance]

    enum CodingKeys: String, CodingKey {
        case pageTitle = "page_title"
        case pageURL = "page_url"
        case ongoingIncidents = "ongoing_incidents"
        case inProgressMaintenances = "in_progress_maintenances"
        case scheduledMaintenances = "scheduled_maintenances"
    }
}
