/// The types of resources that a tool can claim.
public enum ClaimType: String, CaseIterable, Sendable {
    /// The structure of a page, with the page's id.
    case structure = "status_page_structure"
    case component = "status_page_component"
    case apiKey = "api_key"
    // Clients know these, too, but this server has none of them.
    case alertRoute = "alert_route"
    case alertSource = "alert_source"
    case escalationPath = "escalation_path"
    case escalationPathTemplate = "escalation_path_template"
    case incidentForm = "incident_form"
    case incidentTemplate = "incident_template"
    case policy, schedule
    case scheduleSyncRule = "schedule_sync_rule"
    case scheduleSyncTarget = "schedule_sync_target"
    case secret
    case teamGroupingPreference = "team_grouping_preference"
    case workflow

    /// The role that a key needs to claim such a resource.
    public var role: APIKey.Role { self == .apiKey ? .apiKeysManage : .manageSettings }
}

/// A command to replace the claim on a resource, as far as it could be read. It has not been checked yet.
public struct ClaimDraft: Sendable {
    public var type: ClaimType?
    public var resourceID: String?
    public var annotations: [String: String]?

    public init(type: ClaimType?, resourceID: String?, annotations: [String: String]?) {
        self.type = type
        self.resourceID = resourceID
        self.annotations = annotations
    }

    /// The parts of the command.
    /// - Throws: everything that is wrong with it.
    public func checked() throws(Faults) -> (type: ClaimType, resourceID: String, claim: Claim) {
        var faults: [Fault] = []
        if type == nil { faults.append(Fault(.required, [.field(.resourceType)], "The resource type is required.")) }
        if resourceID == nil {
            faults.append(Fault(.required, [.field(.resourceID)], "The resource's id is required."))
        }
        if annotations == nil {
            faults.append(Fault(.required, [.field(.annotations)], "The annotations are required."))
        }
        faults += Self.faults(of: annotations ?? [:])
        guard faults.isEmpty, let type, let resourceID, let annotations else { throw Faults(faults) }
        return (type, resourceID, Claim(annotations: annotations))
    }

    private static func faults(of annotations: [String: String]) -> [Fault] {
        guard annotations.count <= Claim.mostAnnotations else {
            let rule = "At most \(Claim.mostAnnotations) annotations are allowed; there are \(annotations.count)."
            return [Fault(.tooLong, [.field(.annotations)], rule)]
        }
        return annotations.sorted { $0.key < $1.key }.compactMap { key, value in
            let place: [Fault.Step] = [.field(.annotations), .name(key)]
            if key.isEmpty { return Fault(.tooShort, place, "An annotation's key must not be empty.") }
            if key.unicodeScalars.count > Claim.longestKey {
                return Fault(
                    .tooLong, place, "An annotation's key must have at most \(Claim.longestKey) characters.")
            }
            guard value.unicodeScalars.count > Claim.longestValue else { return nil }
            return Fault(.tooLong, place, "An annotation must have at most \(Claim.longestValue) characters.")
        }
    }
}
