import StatusPages

extension NamedSchema {
    static let apiKey = NamedSchema(
        "APIKey",
        .object(
            "A key to this API.",
            [
                .required("id", .id("The key's id.")),
                .required("name", .string("What the key is for.")),
                .optional("comments", .string("What else there is to say of it.")),
                .required("created_at", .time("When it was made.")),
                .required("creator", .reference(creator)),
                .required("roles", .array("What it may do.", of: .reference(role))),
                .required("team_roles", .array("Always empty: there are no teams here.", of: .string("A role."))),
                .required("team_ids", .array("Always empty: there are no teams here.", of: .string("A team."))),
                .required("token_last_issued_at", .time("When it got the token it has.")),
                .optional("last_used_at", .time("When it was last used; left out if it never was.")),
            ]))

    static let issuedAPIKey = NamedSchema(
        "IssuedAPIKeyResult",
        .object(
            "A key and the token that was issued for it.",
            [
                .required("api_key", .reference(apiKey)),
                .required("token", .string("What to send as the bearer token. It is not shown again.")),
            ]))

    static let apiKeyCreation = NamedSchema(
        "CreateAPIKey",
        .apiKeyDraft("A key to make.", roles: APIKey.Role.allCases.filter { $0 != .apiKeysManage }))

    static let apiKeyRevision = NamedSchema(
        "UpdateAPIKey",
        .apiKeyDraft(
            "What a key is to be. Comments that are left out stay; empty, they are taken away.",
            roles: APIKey.Role.allCases))

    static let apiKeyRotation = NamedSchema(
        "RotateAPIKey",
        .object(
            "How a key gets another token.",
            [
                .absentable(
                    "grace_period_minutes",
                    .integer("How long the token that it has goes on working.", in: 0...60, default: 30))
            ]))

    private static let creator = NamedSchema(
        "APIKeyCreator",
        .object(
            "Who made a key; empty for one that was made on the command line.",
            [
                .optional(
                    "api_key",
                    .object(
                        "The key that it was made with.",
                        [.required("id", .id("Its id.")), .required("name", .string("Its name."))]))
            ]))

    private static let role = NamedSchema(
        "APIKeyRole",
        .object(
            "Something a key may do.",
            [
                .required("name", .choice("The role.", APIKey.Role.self)),
                .required("description", .string("What it stands for.")),
            ]))
}

extension Schema {
    fileprivate static func apiKeyDraft(_ description: String, roles: [APIKey.Role]) -> Schema {
        object(
            description,
            [
                .required("name", .text("What the key is for.", .name)),
                .required(
                    "role_names",
                    .array("What it may do, beside reading.", of: .choice("A role.", of: roles.map(\.rawValue))).unique),
                .required("team_ids", .array("Empty: there are no teams here.", of: .string("A team."), count: 0...0)),
                .required(
                    "team_role_names", .array("Empty: there are no teams here.", of: .string("A role."), count: 0...0)),
                .absentable(
                    "comments",
                    .string(
                        "What else there is to say of it.",
                        ["maxLength": .integer(TextRule.description.most), "pattern": #"^[^\u0000]*$"#])),
            ])
    }
}
