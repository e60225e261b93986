import BuildInfo
import StatusPages

extension Operation.Tag {
    fileprivate static let about = Self(
        name: "About", description: "The server and the key.")
}

extension Operation {
    static let showIdentity = Operation(
        id: "showIdentity", tag: .about, summary: "Show the identity of the API key",
        description: "The name of the key that sends the request, and all its roles.",
        success: .ok(
            "The key.", .identity,
            example: [
                "identity": [
                    "name": "deploy bot", "dashboard_url": "https://status.acme.example/dashboard",
                    "roles": ["status_page_viewer", "status_page_publisher"], "team_roles": [], "teams": [],
                ]
            ]))

    static let showOpenAPI = Operation(
        id: "showOpenAPI", tag: .about, summary: "Show this document",
        description: "The description of this server's API in OpenAPI 3.0.",
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
            "The identity of an API key.",
            [
                .required(
                    "identity",
                    .object(
                        "The key.",
                        [
                            .required("name", .string("The key's name.")),
                            .required(
                                "dashboard_url",
                                .uri("The address of the dashboard; without one, the server's public URL.")),
                            .required(
                                "roles",
                                .array("The key's roles.", of: .choice("A role.", APIKey.Role.self))),
                            .required("team_roles", .array("Always empty: teams are not supported.", of: .team)),
                            .required("teams", .array("Always empty: teams are not supported.", of: .team)),
                        ]))
            ]))

    static let openAPI = NamedSchema(
        "OpenAPIDocument",
        .object(
            "An OpenAPI document.",
            [
                .required("openapi", .string("The OpenAPI version.")),
                .required("info", .free("Information about the API.")),
                .required("paths", .free("The paths and their operations.")),
                .optional("components", .free("Reusable definitions.")),
                .optional("security", .array("The required authentication.", of: .free("A scheme's name."))),
                .optional("servers", .array("The servers of this API.", of: .free("A server."))),
                .optional("tags", .array("The groups of operations.", of: .free("A group."))),
            ]))
}

extension Schema {
    fileprivate static let team = string("A team.")
}
