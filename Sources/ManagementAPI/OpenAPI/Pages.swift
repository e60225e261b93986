import StatusPages

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

    static let setStructure = Operation(
        id: "setStatusPageStructure", tag: .pages, summary: "Set a status page's structure",
        description: """
            Replaces the components and groups of a page. Members that are left out keep their values. A group without \
            an id is a new group. Components that leave the page stay in the list of components.

            The request fails with 409 if the configuration declares the page, or if the page has sub-pages. Setting \
            the same structure again changes nothing.
            """,
        parameters: [pageID],
        body: Body(
            schema: .structureRevision,
            example: [
                "items": [
                    ["component": ["component_id": .string(Example.componentID)]],
                    [
                        "group": [
                            "name": "Europe",
                            "components": [["component_id": .string(Example.otherComponentID), "hidden": false]],
                        ]
                    ],
                ],
                "display_uptime_mode": "chart_and_percentage",
            ]),
        success: .ok(
            "The new structure.", .structure,
            example: [
                "current_structure": ["items": [["component": component], ["group": group]]],
                "display_uptime_mode": "chart_and_percentage",
                "management_meta": ["managed_by": "dashboard", "annotations": [:]],
            ]),
        errors: [.conflict])

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

extension NamedSchema {
    static let page = NamedSchema(
        "StatusPage",
        .object(
            "A status page.",
            [
                .required("id", .id("The page's id.")),
                .required("name", .string("The page's name.")),
                .optional("description", .string("The page's description.")),
                .optional("public_url", .uri("The page's public URL.")),
            ]))

    static let structure = NamedSchema(
        "StatusPageStructureResult",
        .object(
            "The structure of a page, and how the page shows it.",
            [
                .required(
                    "current_structure",
                    .object(
                        "The content of the page.",
                        [.required("items", .array("In the page's order.", of: .reference(structureItem)))])),
                .required(
                    "display_uptime_mode",
                    .choice("How the page shows the uptime of components.", StatusPage.DisplayUptimeMode.self)),
                .required("management_meta", .reference(managementMeta)),
            ]))

    static let structureRevision = NamedSchema(
        "SetStatusPageStructure",
        .object(
            "The new structure of a page.",
            [
                .required(
                    "items",
                    .array(
                        "In the page's order. A page has at most 1000 components, including those in groups.",
                        of: .reference(sentItem), count: 1...Structure.mostComponents)),
                .absentable(
                    "display_uptime_mode",
                    .choice("How the page shows the uptime of components.", StatusPage.DisplayUptimeMode.self)),
            ]))

    private static let sentItem = NamedSchema(
        "SentStructureItem",
        Schema.object(
            "One item of a page, with exactly one of these members.",
            [.optional("component", .reference(sentComponent)), .optional("group", .reference(sentGroup))]
        ).exactlyOne)

    private static let sentGroup = NamedSchema(
        "SentComponentGroup",
        .object(
            "A group of components.",
            [
                .absentable("id", .sentID("The id of a group of the page. Without it, the group is new.")),
                .required("name", .text("The group's name.", .name)),
                .absentable(
                    "description",
                    .optionalText("The group's description. Empty or only white space removes it.", .description)),
                .absentable("hidden", .boolean("Whether the page hides the group.")),
                .absentable(
                    "display_aggregated_uptime", .boolean("Whether the page shows one uptime for the whole group.")),
                .required(
                    "components",
                    .array("In the group's order.", of: .reference(sentComponent), count: 1...Structure.mostComponents)),
            ]))

    private static let sentComponent = NamedSchema(
        "SentPlacedComponent",
        .object(
            "A component at its place on a page.",
            [
                .required("component_id", .sentID("The component's id.")),
                .absentable("display_uptime", .boolean("Whether the page shows its uptime.")),
                .absentable("hidden", .boolean("Whether the page hides it.")),
            ]))

    private static let structureItem = NamedSchema(
        "StructureItem",
        Schema.object(
            "One item of a page, with exactly one of these members.",
            [
                .optional("component", .reference(placedComponent)),
                .optional("group", .reference(group)),
                .optional("sub_page", .reference(subPage)),
            ]
        ).exactlyOne)

    private static let subPage = NamedSchema(
        "SubPage",
        .object(
            "A sub-page.",
            [
                .required("id", .id("The sub-page's id.")),
                .required("name", .string("The sub-page's name.")),
                .required("items", .array("In the sub-page's order.", of: .reference(subPageItem))),
            ]))

    private static let subPageItem = NamedSchema(
        "SubPageItem",
        Schema.object(
            "One item of a sub-page, with exactly one of these members.",
            [.optional("component", .reference(placedComponent)), .optional("group", .reference(group))]
        ).exactlyOne)

    private static let group = NamedSchema(
        "ComponentGroup",
        .object(
            "A group of components.",
            [
                .required("id", .id("The group's id.")),
                .required("name", .string("The group's name.")),
                .optional("description", .string("The group's description.")),
                .required("components", .array("In the group's order.", of: .reference(placedComponent))),
                .required(
                    "display_aggregated_uptime", .boolean("Whether the page shows one uptime for the whole group.")),
                .required("hidden", .boolean("Whether the page hides the group.")),
            ]))

    private static let placedComponent = NamedSchema(
        "PlacedComponent",
        .object(
            "A component at its place on a page.",
            [
                .required("component_id", .id("The component's id.")),
                .required("name", .string("The component's name.")),
                .required("display_uptime", .boolean("Whether the page shows its uptime.")),
                .required("hidden", .boolean("Whether the page hides it.")),
            ]))
}
