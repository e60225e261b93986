extension Operation.Tag {
    static let pages = Self(
        name: "Status pages",
        description: "Status pages and their structure.")
}

extension Operation {
    static let listPages = Operation(
        id: "listStatusPages", tag: .pages, summary: "List status pages",
        description: "The pages of this server, oldest first, without internal pages.",
        parameters: Parameter.paging,
        success: .ok(
            "One page of the list.", .list("StatusPageListResult", "status_pages", of: .page),
            example: ["status_pages": [page], "pagination_meta": ["page_size": 25]]))

    static let showPage = Operation(
        id: "showStatusPage", tag: .pages, summary: "Show a status page",
        description: "One page. Internal pages get 404.", parameters: [pageID],
        success: .ok("The page.", .result("StatusPageResult", "status_page", .page), example: ["status_page": page]))

    static let showStructure = Operation(
        id: "showStatusPageStructure", tag: .pages, summary: "Show a status page's structure",
        description: "The components, groups and sub-pages of a page, in the order in which it shows them.",
        parameters: [pageID],
        success: .ok(
            "The structure.", .structure,
            example: [
                "current_structure": ["items": [["component": component], ["group": group], ["sub_page": subPage]]],
                "display_uptime_mode": "chart_and_percentage",
                "management_meta": ["managed_by": "external", "annotations": [:]],
            ]))

    private static let pageID = Parameter.path(
        "status_page_id", "The page's id.", example: .string(Example.pageID))

    private static let page: JSONNode = [
        "id": .string(Example.pageID), "name": "Acme Status", "description": "How Acme is doing",
        "public_url": "https://status.acme.example",
    ]

    private static let component: JSONNode = [
        "component_id": .string(Example.componentID), "name": "Website", "display_uptime": true, "hidden": false,
    ]

    private static let group: JSONNode = [
        "id": .string(Example.groupID), "name": "Europe", "display_aggregated_uptime": true, "hidden": false,
        "components": [
            [
                "component_id": .string(Example.otherComponentID), "name": "Login", "display_uptime": true,
                "hidden": false,
            ]
        ],
    ]

    private static let subPage: JSONNode = ["id": .string(Example.subPageID), "name": "Partners", "items": []]
}
