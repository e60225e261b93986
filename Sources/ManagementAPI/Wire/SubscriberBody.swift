import Publishing
import StatusPages

/// The JSON of a subscriber.
struct SubscriberBody: Encodable {
    let subscriber: Subscriber

    enum CodingKeys: String, CodingKey {
        case id, channel, state, email, url, format, name, source, reason
        case statusPageID = "status_page_id"
        case componentIDs = "component_ids"
        case groupIDs = "group_ids"
        case subPageIDs = "sub_page_ids"
        case createdAt = "created_at"
        case confirmedAt = "confirmed_at"
        case quarantinedAt = "quarantined_at"
        case unsubscribedAt = "unsubscribed_at"
    }

    func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(subscriber.id.description, forKey: .id)
        try members.encode(subscriber.pageID.description, forKey: .statusPageID)
        try members.encode(subscriber.channel.rawValue, forKey: .channel)
        try members.encode(subscriber.state.rawValue, forKey: .state)
        // An address that was erased is absent.
        if !subscriber.address.isEmpty {
            try members.encode(subscriber.address, forKey: subscriber.channel == .email ? .email : .url)
        }
        try members.encodeIfPresent(subscriber.format?.rawValue, forKey: .format)
        try members.encodeIfPresent(subscriber.name, forKey: .name)
        if case .chosen(let choice) = subscriber.scope {
            try members.encode(choice.components.map(\.description), forKey: .componentIDs)
            try members.encode(choice.groups.map(\.description), forKey: .groupIDs)
            try members.encode(choice.subPages.map(\.description), forKey: .subPageIDs)
        }
        try members.encode(subscriber.source.rawValue, forKey: .source)
        try members.encode(subscriber.createdAt.rfc3339, forKey: .createdAt)
        try members.encodeIfPresent(subscriber.confirmedAt?.rfc3339, forKey: .confirmedAt)
        try members.encodeIfPresent(subscriber.quarantinedAt?.rfc3339, forKey: .quarantinedAt)
        try members.encodeIfPresent(subscriber.unsubscribedAt?.rfc3339, forKey: .unsubscribedAt)
        try members.encodeIfPresent(subscriber.reason, forKey: .reason)
    }
}

struct SubscriberResult: Encodable {
    let subscriber: SubscriberBody
    /// Only in the answer that makes the secret.
    var secret: String?

    enum CodingKeys: String, CodingKey {
        case secret
        case subscriber = "status_page_subscriber"
    }
}

struct ImportBody: Encodable {
    struct Skipped: Encodable {
        let index: Int
        let code: String
    }

    let imported: Int
    let updated: Int
    let skipped: [Skipped]

    init(_ report: SubscriberImport.Report) {
        imported = report.imported
        updated = report.updated
        skipped = report.skipped.map { Skipped(index: $0.index, code: $0.code.rawValue) }
    }
}
