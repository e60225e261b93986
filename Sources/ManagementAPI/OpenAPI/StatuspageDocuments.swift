import HTTPTypes
import StatusPages

/// The descriptions of the documents in the format of Statuspage's public API. The API's router has no routes for them:
/// they are public, like the pages.
extension OpenAPIDocument.Route {
    static let statuspageDocuments = [
        statuspage(
            "summary.json", "Summary", "Show a page's summary",
            "The components, the unresolved incidents, the unfinished maintenances, and the state of a page.",
            [.components, .incidents("Unresolved incidents, newest first."), .unfinishedMaintenances, .status],
            [
                "components": StatuspageExample.components, "incidents": [StatuspageExample.incident],
                "scheduled_maintenances": [StatuspageExample.maintenance], "status": StatuspageExample.status,
            ]),
        statuspage(
            "status.json", "Status", "Show a page's state", "The state of a page in a few words.", [.status],
            ["status": StatuspageExample.status]),
        statuspage(
            "components.json", "Components", "List a page's components",
            "The components and groups of a page. A page also lists the items of its sub-pages.",
            [.components], ["components": StatuspageExample.components]),
        statuspage(
            "incidents.json", "Incidents", "List a page's incidents",
            "The 50 newest incidents of a page.", [.incidents("Newest first.")],
            ["incidents": [StatuspageExample.incident]]),
        statuspage(
            "incidents/unresolved.json", "UnresolvedIncidents", "List a page's unresolved incidents",
            "All unresolved incidents of a page.", [.incidents("Newest first.")],
            ["incidents": [StatuspageExample.incident]]),
        statuspage(
            "incidents/{incident_id}.json", "Incident", "Show an incident of a page", "One incident of a page.",
            parameters: [.path("incident_id", "The incident's id.", example: .string(Example.incidentID))],
            [.required("incident", .reference(.statuspageIncident))], ["incident": StatuspageExample.incident]),
        statuspage(
            "scheduled-maintenances.json", "Maintenances", "List a page's maintenances",
            "The 50 maintenances of a page with the latest start, including completed ones.",
            [.maintenances("By start, latest first.")],
            ["scheduled_maintenances": [StatuspageExample.maintenance]]),
        statuspage(
            "scheduled-maintenances/upcoming.json", "UpcomingMaintenances", "List a page's upcoming maintenances",
            "All scheduled maintenances of a page.", [.maintenances("By start, soonest first.")],
            ["scheduled_maintenances": [StatuspageExample.maintenance]]),
        statuspage(
            "scheduled-maintenances/active.json", "ActiveMaintenances", "List a page's active maintenances",
            "All maintenances of a page that are in progress.", [.maintenances("By start, soonest first.")],
            ["scheduled_maintenances": []]),
    ]

    /// - Parameters:
    ///   - path: the path below `/api/v2/`.
    ///   - name: a part of the names of the operation and of the schema.
    ///   - members: the members of the document after `page`.
    private static func statuspage(
        _ path: String, _ name: String, _ summary: String, _ description: String,
        parameters: [Operation.Parameter] = [], _ members: [Property], _ example: [String: JSONNode]
    ) -> OpenAPIDocument.Route {
        let page = Operation.Parameter.path("page", "The page's slug.", example: "acme")
        let example = example.merging(["page": StatuspageExample.page]) { $1 }
        return OpenAPIDocument.Route(
            method: .get, template: "/{page}/api/v2/\(path)", role: .statusPageViewer,
            operation: Operation(
                id: "showStatuspage\(name)", tag: .statuspage, summary: summary, description: description,
                parameters: [page] + parameters,
                success: .ok(
                    "The document.",
                    NamedSchema(
                        "Statuspage\(name)Document",
                        .object(description, [.required("page", .reference(.statuspagePage))] + members)),
                    example: .object(example)),
                isOpen: true))
    }
}

extension Operation.Tag {
    static let statuspage = Self(
        name: "Statuspage",
        description: """
            Public documents in the format of Statuspage's API. Every member is always present, and is `null` if it \
            has no value. The paths also work below a sub-page, `/{page}/{sub_page}/api/v2`, and below a page's own \
            domain, `/api/v2`.
            """)
}

// MARK: Members of the documents

extension Property {
    fileprivate static let components = required(
        "components",
        .array("In the page's order, a group before its components.", of: .reference(.statuspageComponent)))

    fileprivate static let status = required("status", .reference(.statuspageStatus))

    fileprivate static let unfinishedMaintenances = maintenances(
        "Scheduled maintenances and those in progress, soonest first.")

    fileprivate static func incidents(_ description: String) -> Property {
        required("incidents", .array(description, of: .reference(.statuspageIncident)))
    }

    fileprivate static func maintenances(_ description: String) -> Property {
        required("scheduled_maintenances", .array(description, of: .reference(.statuspageMaintenance)))
    }
}

// MARK: Schemas

extension NamedSchema {
    fileprivate static let statuspagePage = NamedSchema(
        "StatuspagePage",
        .object(
            "The page or sub-page.",
            [
                .required("id", .id("Its id.")), .required("name", .string("Its name.")),
                .required("url", .uri("Its public URL.")),
                .required("time_zone", .choice("The time zone of the times.", of: ["Etc/UTC"])),
                .required(
                    "updated_at",
                    .time("When an event of the page last changed; without events, when the page was created.")),
            ]))

    fileprivate static let statuspageStatus = NamedSchema(
        "StatuspageStatus",
        .object(
            "The state of the page.",
            [
                .required(
                    "indicator",
                    .choice("The state in one word.", of: ["none", "minor", "major", "critical", "maintenance"])),
                .required(
                    "description",
                    .choice(
                        "The state as a title.",
                        of: [
                            "All Systems Operational", "Service Under Maintenance", "Partially Degraded Service",
                            "Degraded System Service", "Minor Service Outage", "Partial System Outage",
                            "Major System Outage",
                        ])),
            ]))

    fileprivate static let statuspageComponent = NamedSchema(
        "StatuspageComponent",
        .object(
            "A component or a group.",
            [
                .required("id", .id("Its id.")), .required("name", .string("Its name.")),
                .required(
                    "status",
                    .statuspageStatus("Its current status. The status of a group is the worst of its components.")),
                .required("created_at", .time("When it was created. For a group, when the page was created.")),
                .required("updated_at", .time("When its status last changed; if it never did, when it was created.")),
                .required("position", .integer("The position in its group or on the page.", in: 1...1_000_000)),
                .required("description", .string("Its description.").nullable),
                .required("showcase", .boolean("Whether the page shows its uptime.")),
                .required(
                    "start_date",
                    .string(
                        "The first day with data, in UTC; null for a group.", ["pattern": #"^\d{4}-\d\d-\d\d$"#]
                    ).nullable),
                .required("group_id", .id("The group of a component.").nullable),
                .required("page_id", .id("The page or sub-page.")),
                .required("group", .boolean("Whether it is a group.")),
                .required("only_show_if_degraded", .boolean("Always false.")),
                .optional(
                    "components", .array("The components of a group; absent for a component.", of: .id("An id."))),
            ]))

    fileprivate static let statuspageIncident = NamedSchema(
        "StatuspageIncident",
        .object(
            "An incident.",
            statuspageEvent(
                Incident.Status.allCases.map(\.rawValue), impacts: ["none", "minor", "major", "critical"],
                monitoringAt: .time("When it last moved to monitoring.").nullable,
                resolvedAt: "When it was resolved; null while it is not.")))

    fileprivate static let statuspageMaintenance = NamedSchema(
        "StatuspageMaintenance",
        .object(
            "A maintenance.",
            statuspageEvent(
                ["scheduled", "in_progress", "completed"], impacts: ["maintenance"], monitoringAt: .alwaysNull,
                resolvedAt: "When it was completed; null while it is not.")
                + [
                    .required("scheduled_for", .time("The planned start.")),
                    .required("scheduled_until", .time("The planned end.")),
                ]))

    private static func statuspageEvent(
        _ statuses: [String], impacts: [String], monitoringAt: Schema, resolvedAt: String
    ) -> [Property] {
        [
            .required("id", .id("Its id.")), .required("name", .string("Its title.")),
            .required("status", .choice("Its status.", of: statuses)),
            .required("created_at", .time("The publication time.")),
            .required("started_at", .time("The publication time.")),
            .required("updated_at", .time("The last change: an update, or a new name, text or window.")),
            .required("monitoring_at", monitoringAt), .required("resolved_at", .time(resolvedAt).nullable),
            .required("impact", .choice("The worst impact that it ever had.", of: impacts)),
            .required("shortlink", .uri("Its public URL.")), .required("page_id", .id("The page or sub-page.")),
            .required("incident_updates", .array("Newest first.", of: .statuspageUpdate(statuses))),
            .required(
                "components",
                .array("The components it names, with their current status.", of: .reference(statuspageComponent))),
            .required("reminder_intervals", .alwaysNull),
        ]
    }

    fileprivate static let statuspageChange = NamedSchema(
        "StatuspageComponentChange",
        .object(
            "The status of a component in an event, before and after an update.",
            [
                .required("code", .id("The component's id.")),
                .required("name", .string("The component's name, after that of its group.")),
                .required("old_status", .statuspageStatus("The status before.")),
                .required("new_status", .statuspageStatus("The status after. It may be the same.")),
            ]))
}

extension Schema {
    fileprivate static let alwaysNull = choice("Always null.", of: []).nullable

    fileprivate static func statuspageStatus(_ description: String) -> Schema {
        choice(
            description,
            of: ["operational", "under_maintenance", "degraded_performance", "partial_outage", "major_outage"])
    }

    fileprivate static func statuspageUpdate(_ statuses: [String]) -> Schema {
        object(
            "An update.",
            [
                .required("id", .id("Its id.")),
                .required("status", .choice("The status from then on.", of: statuses)),
                .required("body", .string("The text, in Markdown.")), .required("incident_id", .id("Its event.")),
                .required("created_at", .time("The publication time.")),
                .required("updated_at", .time("The publication time.")),
                .required("display_at", .time("The publication time.")),
                .required(
                    "affected_components",
                    .array(
                        "Every component that the event named in this update or before; null if there is none.",
                        of: .reference(.statuspageChange)
                    ).nullable),
                .required("deliver_notifications", .boolean("Whether the update asked to notify subscribers.")),
                .required("custom_tweet", .alwaysNull), .required("tweet_id", .alwaysNull),
            ])
    }
}

// MARK: Examples

/// The documents of a page with a component in a group, an incident and a maintenance.
private enum StatuspageExample {
    private static let url = "https://status.acme.example"

    static let page: JSONNode = [
        "id": .string(Example.pageID), "name": "Acme Status", "url": .string(url), "time_zone": "Etc/UTC",
        "updated_at": .string(Example.editedAt),
    ]
    static let status: JSONNode = ["indicator": "major", "description": "Partial System Outage"]
    static let components: JSONNode = [group, component]

    private static let group: JSONNode = [
        "id": .string(Example.groupID), "name": "EU", "status": "partial_outage",
        "created_at": "2026-11-18T08:00:00.000Z", "updated_at": .string(Example.declaredAt), "position": 1,
        "description": .null, "showcase": true, "start_date": .null, "group_id": .null,
        "page_id": .string(Example.pageID), "group": true, "only_show_if_degraded": false,
        "components": [.string(Example.componentID)],
    ]
    private static let component: JSONNode = [
        "id": .string(Example.componentID), "name": "Login", "status": "partial_outage",
        "created_at": "2026-11-18T08:00:00.000Z", "updated_at": .string(Example.declaredAt), "position": 1,
        "description": "Signing in", "showcase": true, "start_date": "2026-11-18",
        "group_id": .string(Example.groupID), "page_id": .string(Example.pageID), "group": false,
        "only_show_if_degraded": false,
    ]

    static let incident: JSONNode = [
        "id": .string(Example.incidentID), "name": "Login fails", "status": "investigating",
        "created_at": .string(Example.declaredAt), "started_at": .string(Example.declaredAt),
        "updated_at": .string(Example.editedAt), "monitoring_at": .null, "resolved_at": .null, "impact": "major",
        "shortlink": .string("\(url)/incidents/\(Example.incidentID)"), "page_id": .string(Example.pageID),
        "incident_updates": [
            update(
                Example.updateID, of: Example.incidentID, "investigating", "We are **looking into it**.",
                becoming: "partial_outage")
        ],
        "components": [component], "reminder_intervals": .null,
    ]

    static let maintenance: JSONNode = [
        "id": .string(Example.maintenanceID), "name": "Database upgrade", "status": "scheduled",
        "created_at": .string(Example.declaredAt), "started_at": .string(Example.declaredAt),
        "updated_at": .string(Example.declaredAt), "monitoring_at": .null, "resolved_at": .null,
        "impact": "maintenance", "shortlink": .string("\(url)/maintenances/\(Example.maintenanceID)"),
        "page_id": .string(Example.pageID),
        "incident_updates": [
            update(
                Example.maintenanceUpdateID, of: Example.maintenanceID, "scheduled", "We upgrade the database.",
                becoming: "operational")
        ],
        "components": [component], "reminder_intervals": .null, "scheduled_for": .string(Example.startAt),
        "scheduled_until": .string(Example.endAt),
    ]

    private static func update(
        _ id: String, of event: String, _ status: String, _ message: String, becoming new: String
    ) -> JSONNode {
        [
            "id": .string(id), "status": .string(status), "body": .string(message), "incident_id": .string(event),
            "created_at": .string(Example.declaredAt), "updated_at": .string(Example.declaredAt),
            "display_at": .string(Example.declaredAt),
            "affected_components": [
                [
                    "code": .string(Example.componentID), "name": "EU - Login", "old_status": "operational",
                    "new_status": .string(new),
                ]
            ],
            "deliver_notifications": true, "custom_tweet": .null, "tweet_id": .null,
        ]
    }
}
