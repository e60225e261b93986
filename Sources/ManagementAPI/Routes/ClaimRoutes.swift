import HTTPServer
import HTTPTypes
import JSONInput
import Publishing
import StatusPages
import Storage

/// The claims of tools such as Terraform on what they manage.
struct ClaimRoutes: Sendable {
    let context: APIContext

    func add(to router: inout Router<Endpoint>) {
        // The type in the body decides which role the key needs.
        router.add(.post, "/v2/managed_resources", Endpoint(.statusPageViewer, claim, as: .claimResource))
    }

    private func claim(_ call: Call) throws -> Outcome {
        let reader = try call.readBody()
        let draft = ClaimDraft(reader)
        let (type, id, claim) = try Validation.decide(reader.faults.all) { () throws(Faults) in try draft.checked() }
        guard call.key.holds(type.role) else { throw APIError.missingRole(type.role) }
        return .write { transaction in
            try context.publishing.claim(type, id, with: claim, in: transaction)
            // The status 200, not 201, is the only one that clients understand.
            return try JSONResponse.make(.ok, ["managed_resource": ManagedResourceBody(type, id, claim)])
        }
    }
}

extension ClaimDraft {
    fileprivate init(_ reader: JSONReader) {
        let annotations = reader.object("annotations")
        self.init(
            type: reader.choice("resource_type"), resourceID: reader.string("resource_id"),
            annotations: annotations.map { annotations in
                Dictionary(
                    uniqueKeysWithValues: annotations.names.compactMap { name in
                        annotations.string(name).map { (name, $0) }
                    })
            })
    }
}

private struct ManagedResourceBody: Encodable {
    let resourceType: String
    let resourceID: String
    let managedBy: String
    let annotations: [String: String]

    enum CodingKeys: String, CodingKey {
        case annotations
        case resourceType = "resource_type"
        case resourceID = "resource_id"
        case managedBy = "managed_by"
    }

    init(_ type: ClaimType, _ id: String, _ claim: Claim) {
        resourceType = type.rawValue
        resourceID = id
        managedBy = claim.manager.rawValue
        annotations = claim.annotations
    }
}
