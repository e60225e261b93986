import StatusPages

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
            "The key's new values. Absent comments stay unchanged; empty ones are removed.",
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
                        [.required("id", .id("Its id.")), .required("name", .string("Its name."))]))
            ]))

    private static let role = NamedSchema(
        "APIKeyRole",
        .object(
            "A role of a key.",
            [
                .required("name", .choice("The role.", APIKey.Role.self)),
                .required("description", .string("What the role permits.")),
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
