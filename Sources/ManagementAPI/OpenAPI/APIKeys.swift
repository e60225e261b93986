import Accounts
import StatusPages

extension Operation.Tag {
    fileprivate static let apiKeys = Self(
        name: "API keys", description: "API keys and their roles.")
}

extension Operation {
    static let listAPIKeys = Operation(
        id: "listAPIKeys", tag: .apiKeys, summary: "List API keys", description: "Valid keys, oldest first.",
        parameters: Parameter.paging,
        success: .ok(
            "One page of the list.", .list("APIKeyListResult", "api_keys", of: .apiKey),
            example: ["api_keys": [key], "pagination_meta": Example.pagination]))

    static let showAPIKey = Operation(
        id: "showAPIKey", tag: .apiKeys, summary: "Show an API key",
        description: "One key, without its token. The server stores only a hash of the token.", parameters: [keyID],
        success: .ok("The key.", .result("APIKeyResult", "api_key", .apiKey), example: ["api_key": key]))

    static let createAPIKey = Operation(
        id: "createAPIKey", tag: .apiKeys, summary: "Create an API key",
        description: """
            A key can grant only roles that it has itself. Only the command line, and an owner in the dashboard, can \
            grant `api_keys_manage`. The response contains the token, which is not shown again.
            """,
        body: Body(
            schema: .apiKeyCreation,
            example: [
                "name": "deploy bot", "role_names": ["status_page_publisher"], "team_ids": [], "team_role_names": [],
                "comments": "Used by the release pipeline.",
            ]),
        success: .created("The key and its token.", .issuedAPIKey, example: issued))

    static let updateAPIKey = Operation(
        id: "updateAPIKey", tag: .apiKeys, summary: "Change an API key",
        description: """
            Changes the name, roles and comments. The listed roles replace the previous roles. A key can keep \
            `api_keys_manage`, but this operation cannot grant it. A key cannot change itself.
            """,
        parameters: [keyID],
        body: Body(
            schema: .apiKeyRevision,
            example: ["name": "reader", "role_names": [], "team_ids": [], "team_role_names": []]),
        success: .ok("The changed key.", .result("APIKeyResult", "api_key", .apiKey), example: ["api_key": key]))

    static let deleteAPIKey = Operation(
        id: "deleteAPIKey", tag: .apiKeys, summary: "Delete an API key",
        description: "Its tokens stop working at once. A key can delete itself without the role.",
        parameters: [keyID], success: .noContent("Deleted."))

    static let rotateAPIKey = Operation(
        id: "rotateAPIKey", tag: .apiKeys, summary: "Rotate an API key's token",
        description: """
            The previous token works until the grace period ends. Tokens from earlier rotations also stop working by \
            then. The caller must have every role of the key. A key can rotate itself without the role.
            """,
        parameters: [keyID], body: Body(schema: .apiKeyRotation, example: ["grace_period_minutes": 10]),
        isBodyRequired: false, success: .created("The key and its new token.", .issuedAPIKey, example: issued))

    private static let keyID = Parameter.path("id", "The key's id.", example: .string(Example.keyID))

    private static let key: JSONNode = [
        "id": .string(Example.keyID), "name": "deploy bot", "comments": "Used by the release pipeline.",
        "created_at": .string(Example.declaredAt), "token_last_issued_at": .string(Example.declaredAt), "creator": [:],
        "roles": [["name": "status_page_viewer", "description": "Can read status pages and everything on them."]],
        "team_roles": [], "team_ids": [],
    ]

    private static let issued: JSONNode = [
        "api_key": key, "token": "allclear_00000000000000000000000000000000000000",
    ]
}

extension NamedSchema {
    static let apiKey = NamedSchema(
        "APIKey",
        .object(
            "An API key.",
            [
                .required("id", .id("The key's id.")),
                .required("name", .string("The key's purpose.")),
                .optional("comments", .string("Comments on the key.")),
                .required("created_at", .time("The time of creation.")),
                .required("creator", .reference(creator)),
                .required("roles", .array("The key's roles.", of: .reference(role))),
                .required("team_roles", .array("Always empty: teams are not supported.", of: .string("A role."))),
                .required("team_ids", .array("Always empty: teams are not supported.", of: .string("A team."))),
                .required("token_last_issued_at", .time("The time when its current token was issued.")),
                .optional("last_used_at", .time("The time of its last use; absent if it was never used.")),
            ]))

    static let issuedAPIKey = NamedSchema(
        "IssuedAPIKeyResult",
        .object(
            "A key and its new token.",
            [
                .required("api_key", .reference(apiKey)),
                .required("token", .string("The bearer token. It is not shown again.")),
            ]))

    static let apiKeyCreation = NamedSchema(
        "CreateAPIKey",
        .apiKeyDraft("A key to create.", roles: APIKey.Role.allCases.filter { $0 != .apiKeysManage }))

    static let apiKeyRevision = NamedSchema(
        "UpdateAPIKey",
        .apiKeyDraft(
            """
            The key's new values. If `comments` is absent, they stay unchanged. If it is empty, they are removed.
            """,
            roles: APIKey.Role.allCases))

    static let apiKeyRotation = NamedSchema(
        "RotateAPIKey",
        .object(
            "Options for rotating a key.",
            [
                .absentable(
                    "grace_period_minutes",
                    .integer("How many minutes the previous token keeps working.", in: 0...60, default: 30))
            ]))

    private static let creator = NamedSchema(
        "APIKeyCreator",
        .object(
            "The creator of a key; empty if the key was created on the command line.",
            [
                .optional(
                    "api_key",
                    .object(
                        "The key that created it.",
                        [.required("id", .id("Its id.")), .required("name", .string("Its name."))])),
                .optional(
                    "user",
                    .object(
                        "The user of the dashboard who created it.",
                        [
                            .required("id", .id("The user's id.")),
                            .required("name", .string("The user's name.")),
                            .required("email", .string("The user's email address.")),
                            .required("role", .choice("The user's role.", of: User.Role.allCases.map(\.wireName))),
                        ])),
            ]))

    private static let role = NamedSchema(
        "APIKeyRole",
        .object(
            "A role of a key.",
            [
                .required("name", .choice("The role.", APIKey.Role.self)),
                .required("description", .string("The actions that the role permits.")),
            ]))
}

extension Schema {
    fileprivate static func apiKeyDraft(_ description: String, roles: [APIKey.Role]) -> Schema {
        object(
            description,
            [
                .required("name", .text("The key's purpose.", .name)),
                .required(
                    "role_names",
                    .array("Roles in addition to reading.", of: .choice("A role.", of: roles.map(\.rawValue))).unique),
                .required(
                    "team_ids", .array("Must be empty: teams are not supported.", of: .string("A team."), count: 0...0)),
                .required(
                    "team_role_names",
                    .array("Must be empty: teams are not supported.", of: .string("A role."), count: 0...0)),
                .absentable(
                    "comments",
                    .string(
                        "Comments on the key.",
                        ["maxLength": .integer(TextRule.description.most), "pattern": #"^[^\u0000]*$"#])),
            ])
    }
}
