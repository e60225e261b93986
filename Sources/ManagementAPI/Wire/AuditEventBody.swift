import StatusPages

struct AuditEventBody: Encodable {
    let event: AuditEvent

    private enum CodingKeys: String, CodingKey {
        case id, at, actor, action, subject, changes, address
        case pageID = "status_page_id"
        case requestID = "request_id"
    }

    private struct Part: Encodable {
        let kind: String
        let id: String?
        let name: String
    }

    func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode("\(event.id)", forKey: .id)
        try members.encode(event.at.rfc3339, forKey: .at)
        let (actor, subject) = (event.actor, event.subject)
        try members.encode(
            Part(kind: actor.kind.rawValue, id: actor.id?.description, name: actor.name), forKey: .actor)
        try members.encode(event.action.rawValue, forKey: .action)
        try members.encode(Part(kind: subject.kind.rawValue, id: subject.id, name: subject.name), forKey: .subject)
        try members.encodeIfPresent(event.pageID?.description, forKey: .pageID)
        try members.encode(event.changes, forKey: .changes)
        try members.encodeIfPresent(actor.requestID, forKey: .requestID)
        try members.encodeIfPresent(actor.address, forKey: .address)
    }
}
