import StatusPages

extension Operation.Tag {
    fileprivate static let claims = Self(
        name: "Managed resources", description: "The marks that tools such as Terraform put on resources.")
}

extension Operation {
    static let claimResource = Operation(
        id: "createManagedResource", tag: .claims, summary: "Claim a resource, or free it",
        description: """
            Replaces all annotations of a resource. Empty annotations free it. A claim changes only `managed_by`: any key \
            with the role may still change the resource.
            """,
        body: Body(schema: .claim, example: claim),
        success: .ok(
            "The claim.", .result("ManagedResourceResult", "managed_resource", .managedResource),
            example: ["managed_resource": claim.with(["managed_by": "terraform"])]),
        errors: [.forbidden, .notFound, .conflict],
        roles: """
            Requires an API key with the role `api_keys_manage` for API keys, and with the role `manage_settings` for \
            everything else.
            """)

    private static let claim: JSONNode = [
        "resource_type": "status_page_structure", "resource_id": .string(Example.pageID),
        "annotations": ["incident.io/terraform/version": "1.13.4"],
    ]
}

extension NamedSchema {
    static let claim = NamedSchema(
        "CreateManagedResource",
        .object(
            "The new claim on a resource.",
            [
                .required(
                    "resource_type",
                    .choice("The type. This server has only pages, components and API keys.", ClaimType.self)),
                .required("resource_id", .sentID("The resource's id; for a structure, the page's id.")),
                .required("annotations", .annotations),
            ]))

    static let managedResource = NamedSchema(
        "ManagedResource",
        .object(
            "A claim on a resource.",
            [
                .required("resource_type", .choice("The type.", ClaimType.self)),
                .required("resource_id", .id("The resource's id; for a structure, the page's id.")),
                .required("managed_by", .choice("The tool that manages the resource.", Manager.self)),
                .required("annotations", .map("The annotations of the claim.")),
            ]))
}

extension Schema {
    fileprivate static let annotations = map(
        """
        At most \(Claim.mostAnnotations) annotations, with keys of 1 to \(Claim.longestKey) characters and values of up \
        to \(Claim.longestValue) characters.
        """, most: Claim.mostAnnotations, longestValue: Claim.longestValue)
}
