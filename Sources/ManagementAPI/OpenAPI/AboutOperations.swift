import BuildInfo
import StatusPages

extension Operation.Tag {
    fileprivate static let about = Self(
        name: "About", description: "The server and the key.")
}

extension Operation {
    static let showIdentity = Operation(
        id: "showIdentity", tag: .about, summary: "Show who the key is",
        description: "The key's own name and all the roles it holds.",
        success: .ok(
            "The key.", .identity,
            example: [
                "identity": [
                    "name": "deploy bot", "dashboard_url": "https://status.acme.example",
                    "roles": ["status_page_viewer", "status_page_publisher"], "team_roles": [], "teams": [],
                ]
            ]))

    static let showOpenAPI = Operation(
        id: "showOpenAPI", tag: .about, summary: "Show this document",
        description: "The description of everything that this server's API serves, as OpenAPI 3.0.",
        success: .ok(
            "This document.", .openAPI,
            example: [
                "openapi": "3.0.3",
                "info": ["title": "Allclear Status Page API", "version": .string(BuildInfo.version)], "paths": [:],
            ]), isOpen: true)
}

extension NamedSchema {
    static let identity = NamedSchema(
        "IdentityResult",
        .object(
            "Who a key is.",
            [
                .required(
                    "identity",
                    .object(
                        "The key.",
                        [
                            .required("name", .string("The key's name.")),
                            .required("dashboard_url", .uri("The server's own address.")),
                            .required(
                                "roles",
                                .array("What the key may do.", of: .choice("A role.", APIKey.Role.self))),
                            .required("team_roles", .array("Always empty: there are no teams here.", of: .team)),
                            .required("teams", .array("Always empty: there are no teams here.", of: .team)),
                        ]))
            ]))

    static let openAPI = NamedSchema(
        "OpenAPIDocument",
        .object(
            "An OpenAPI document.",
            [
                .required("openapi", .string("The version of OpenAPI that it follows.")),
                .required("info", .free("What it describes.")),
                .required("paths", .free("What is served.")),
                .optional("components", .free("What is referred to from elsewhere in the document.")),
                .optional("security", .array("How clients authenticate.", of: .free("A scheme's name."))),
                .optional("servers", .array("Where it is served.", of: .free("An address."))),
                .optional("tags", .array("The topics.", of: .free("A topic."))),
            ]))
}

extension Schema {
    fileprivate static let team = string("A team.")
}
