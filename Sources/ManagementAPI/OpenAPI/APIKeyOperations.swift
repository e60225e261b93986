extension Operation.Tag {
    fileprivate static let apiKeys = Self(
        name: "API keys", description: "The keys to this API: who may do what, and until when.")
}

extension Operation {
    static let listAPIKeys = Operation(
        id: "listAPIKeys", tag: .apiKeys, summary: "List API keys", description: "The keys that work, oldest first.",
        parameters: Parameter.paging,
        success: .ok(
            "A page of the list.", .list("APIKeyListResult", "api_keys", of: .apiKey),
            example: ["api_keys": [key], "pagination_meta": Example.pagination]))

    static let showAPIKey = Operation(
        id: "showAPIKey", tag: .apiKeys, summary: "Show an API key",
        description: "One key. Its token is not among what is shown: only a hash of it is kept.", parameters: [keyID],
        success: .ok("The key.", .result("APIKeyResult", "api_key", .apiKey), example: ["api_key": key]))

    static let createAPIKey = Operation(
        id: "createAPIKey", tag: .apiKeys, summary: "Make an API key",
        description: """
            A key gives only roles that it holds itself, and `api_keys_manage` is given on the command line alone. The \
            token is in the answer, and never shown again.
            """,
        body: Body(
            schema: .apiKeyCreation,
            example: [
                "name": "deploy bot", "role_names": ["status_page_publisher"], "team_ids": [], "team_role_names": [],
                "comments": "Made for the release pipeline.",
            ]),
        success: .created("The key and its token.", .issuedAPIKey, example: issued))

    static let updateAPIKey = Operation(
        id: "updateAPIKey", tag: .apiKeys, summary: "Change an API key",
        description: """
            Its name, its roles and what is said of it. A role that the key holds already stays if it is listed, and \
            goes if it is not; `api_keys_manage` can only stay. No key can change itself.
            """,
        parameters: [keyID],
        body: Body(
            schema: .apiKeyRevision,
            example: ["name": "reader", "role_names": [], "team_ids": [], "team_role_names": []]),
        success: .ok("The key as it is now.", .result("APIKeyResult", "api_key", .apiKey), example: ["api_key": key]))

    static let deleteAPIKey = Operation(
        id: "deleteAPIKey", tag: .apiKeys, summary: "Delete an API key",
        description: "Its tokens stop working at once. A key may delete itself without the role.",
        parameters: [keyID], success: .noContent("It is gone."))

    static let rotateAPIKey = Operation(
        id: "rotateAPIKey", tag: .apiKeys, summary: "Give an API key another token",
        description: """
            The token it has goes on working for the grace period, and one from an earlier rotation no longer than \
            that. The caller must hold every role of the key. A key may rotate itself without the role.
            """,
        parameters: [keyID], body: Body(schema: .apiKeyRotation, example: ["grace_period_minutes": 10]),
        isBodyRequired: false, success: .created("The key and its new token.", .issuedAPIKey, example: issued))

    private static let keyID = Parameter.path("id", "The key's id.", example: .string(Example.keyID))

    private static let key: JSONNode = [
        "id": .string(Example.keyID), "name": "deploy bot", "comments": "Made for the release pipeline.",
        "created_at": .string(Example.declaredAt), "token_last_issued_at": .string(Example.declaredAt), "creator": [:],
        "roles": [["name": "status_page_viewer", "description": "Can read status pages and everything on them."]],
        "team_roles": [], "team_ids": [],
    ]

    private static let issued: JSONNode = [
        "api_key": key, "token": "allclear_00000000000000000000000000000000000000",
    ]
}
