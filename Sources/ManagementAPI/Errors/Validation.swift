import JSONInput
import StatusPages

/// Turns all faults of a body or a query into one error.
enum Validation {
    /// Runs a decision of the domain on the values that were read.
    /// - Parameter read: the faults found while reading.
    /// - Returns: the decision's result, if neither reading nor deciding found a fault.
    static func decide<Result>(
        _ read: [JSONFault], _ decision: () throws(Faults) -> Result
    ) throws(APIError) -> Result {
        let result: Result
        do throws(Faults) {
            result = try decision()
        } catch {
            throw refusal(JSONReader.Faults(read), error.all)
        }
        guard read.isEmpty else { throw refusal(JSONReader.Faults(read)) }
        return result
    }

    /// Runs a use case on the values that were read. If this throws, the caller must undo the use case's changes.
    ///
    /// The parameters are those of `decide`.
    static func perform<Result>(_ read: [JSONFault], _ useCase: () throws -> Result) throws -> Result {
        let result: Result
        do {
            result = try useCase()
        } catch let error as Faults {
            throw refusal(JSONReader.Faults(read), error.all)
        }
        guard read.isEmpty else { throw refusal(JSONReader.Faults(read)) }
        return result
    }

    /// Throws if reading found any fault.
    static func check(_ faults: JSONReader.Faults) throws(APIError) {
        guard faults.all.isEmpty else { throw refusal(faults) }
    }

    /// The error that lists all faults: those found while reading, and those that the domain found.
    static func refusal(_ faults: JSONReader.Faults, _ decided: [Fault] = []) -> APIError {
        .validation(entries(faults, decided))
    }

    /// Drops a fault of the domain if reading already found a fault at that place. A value that cannot be read is
    /// reported once, and not as missing too.
    private static func entries(_ read: JSONReader.Faults, _ decided: [Fault]) -> [APIError.Entry] {
        let described = read.all.map(entry)
        return described + decided.prefix(most).map(entry).filter { $0.pointer.map { !read.covers($0) } ?? true }
    }

    /// The maximum number of the domain's faults in an answer, so that an answer is not many times the size of an
    /// invalid body.
    private static let most = 1_000

    private static func entry(_ fault: JSONFault) -> APIError.Entry {
        let code =
            switch fault.code {
            case .missing: "is_required"
            case .type: "invalid_type"
            case .value, .unknown: "invalid_value"
            case .format: "invalid_format"
            case .length: "too_long"
            }
        return APIError.Entry(code: code, message: fault.message, pointer: fault.pointer)
    }

    private static func entry(_ fault: Fault) -> APIError.Entry {
        let code =
            switch fault.code {
            case .required: "is_required"
            case .invalidValue: "invalid_value"
            case .tooShort: "too_short"
            case .tooLong: "too_long"
            case .unknownComponent: "unknown_component"
            case .unknownGroup: "unknown_group"
            case .invalidFormat: "invalid_format"
            case .addressNotAllowed: "address_not_allowed"
            case .tooManySubscribers: "too_many_subscribers"
            case .tooManyUpdates: "too_many_updates"
            case .tooManyKeys: "too_many_keys"
            case .inUse: "in_use"
            }
        return APIError.Entry(code: code, message: fault.message, pointer: pointer(fault.path))
    }

    /// A place in the notation of the API; nil for the body as a whole.
    static func pointer(_ path: [Fault.Step]) -> JSONPointer? {
        path.isEmpty ? nil : JSONPointer(path.map(token))
    }

    private static func token(_ step: Fault.Step) -> JSONPointer.Token {
        switch step {
        case .index(let index): .index(index)
        case .field(let field): .name(name(field))
        case .name(let name): .name(name)
        }
    }

    private static func name(_ field: Fault.Field) -> String {
        switch field {
        case .id: "id"
        case .name: "name"
        case .description: "description"
        case .message: "message"
        case .incidentStatus: "incident_status"
        case .idempotencyKey: "idempotency_key"
        case .notifySubscribers: "notify_subscribers"
        case .componentStatuses: "component_statuses"
        case .componentID: "component_id"
        case .componentStatus: "component_status"
        case .updates: "updates"
        case .publishedAt: "published_at"
        case .maintenanceStatus: "maintenance_status"
        case .affectedComponentIDs: "affected_component_ids"
        case .startAt: "start_at"
        case .endAt: "end_at"
        case .roleNames: "role_names"
        case .teamIDs: "team_ids"
        case .teamRoleNames: "team_role_names"
        case .comments: "comments"
        case .gracePeriodMinutes: "grace_period_minutes"
        case .channel: "channel"
        case .email: "email"
        case .url: "url"
        case .format: "format"
        case .componentIDs: "component_ids"
        case .groupIDs: "group_ids"
        case .subPageIDs: "sub_page_ids"
        case .subscribers: "subscribers"
        case .items: "items"
        case .component: "component"
        case .group: "group"
        case .subPage: "sub_page"
        case .components: "components"
        case .hidden: "hidden"
        case .displayAggregatedUptime: "display_aggregated_uptime"
        case .resourceType: "resource_type"
        case .resourceID: "resource_id"
        case .annotations: "annotations"
        case .key: "key"
        }
    }
}
