import Accounts
import Foundation
import HTTPServer
import HTTPTypes
import Markup
import Publishing
import StatusPages
import Storage

/// "Audit log": the changes that were made, newest first, and their export.
enum AuditScreen {
    static let path = "\(DashboardPlace.root)/audit"
    private static let pageSize = 50
    /// An answer is in memory as a whole, so exports have a limit.
    static let mostExported = 20_000

    static func add(to router: inout Router<Screen>) {
        router.add(.get, path, .user(as: .apiKeysManage) { .respond(try show($0)) })
        router.add(.get, "\(path)/export", .user(as: .apiKeysManage) { .respond(try export($0)) })
    }

    private static func show(_ visit: Visit) throws -> Response {
        let query = AuditQuery(visit)
        guard query.faults.isEmpty else {
            return AuditViews.show(visit, query, try people(visit), nil, status: .unprocessableContent)
        }
        let after = visit.query["after"].flatMap { Int64($0) }
        let found = try visit.context.store.read { transaction in
            // If the last event of the previous page was deleted meanwhile, so were all older ones.
            try transaction.auditEvents(matching: query.filter, after: after, limit: pageSize + 1) ?? []
        }
        let events = Array(found.prefix(pageSize))
        let older = found.count > pageSize ? events.last?.id : nil
        return AuditViews.show(visit, query, try people(visit), (events, older))
    }

    private static func people(_ visit: Visit) throws -> [Fields.Option] {
        let (users, keys) = try visit.context.store.read { (try $0.users(), try $0.apiKeys()) }
        return users.map { Fields.Option($0.id.description, "\($0.name) (\($0.email))") }
            + keys.map { Fields.Option($0.id.description, "\($0.name) (API key)") }
    }

    // MARK: Export

    private static func export(_ visit: Visit) throws -> Response {
        let query = AuditQuery(visit)
        guard query.faults.isEmpty else {
            return AuditViews.show(visit, query, try people(visit), nil, status: .unprocessableContent)
        }
        guard let events = try all(query.filter, visit) else {
            let message = "More than \(mostExported) changes match. Choose a shorter period with From and To."
            let refused = query.with(FieldFault("from", message))
            return AuditViews.show(visit, refused, try people(visit), nil, status: .unprocessableContent)
        }
        if visit.query["format"] == "jsonl" {
            var body: [UInt8] = []
            for event in events { body += try visit.context.operations.auditLine(event) + [UInt8(ascii: "\n")] }
            return .file("audit-log.jsonl", type: "application/jsonl", body)
        }
        return .file("audit-log.csv", type: "text/csv; charset=utf-8", try csv(events, visit))
    }

    /// - Returns: nil if there are too many.
    private static func all(_ filter: AuditFilter, _ visit: Visit) throws -> [AuditEvent]? {
        var events: [AuditEvent] = []
        while events.count <= mostExported {
            let last = events.last?.id
            // Short transactions, so that the WAL of a busy server stays short.
            let found = try visit.context.store.read { transaction in
                try transaction.auditEvents(matching: filter, after: last, limit: 500) ?? []
            }
            events += found
            if found.count < 500 { return events.count <= mostExported ? events : nil }
        }
        return nil
    }

    private static let columns = [
        "at", "actor_kind", "actor_id", "actor", "action", "subject_kind", "subject_id", "subject", "page", "changes",
        "request_id", "address",
    ]

    private static func csv(_ events: [AuditEvent], _ visit: Visit) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var slugs: [ID<StatusPage>: String] = [:]
        for page in Set(events.compactMap(\.pageID)) {
            slugs[page] = try visit.context.store.read { try $0.slug(of: page) }
        }
        var body = Array("\(CSV.line(columns))\r\n".utf8)
        for event in events {
            let (actor, subject) = (event.actor, event.subject)
            let fields = [
                event.at.rfc3339, actor.kind.rawValue, actor.id?.description ?? "", actor.name, event.action.rawValue,
                subject.kind.rawValue, subject.id, subject.name, event.pageID.flatMap { slugs[$0] } ?? "",
                String(decoding: try encoder.encode(event.changes), as: UTF8.self), actor.requestID ?? "",
                actor.address ?? "",
            ]
            body += "\(CSV.line(fields.map(CSV.defused)))\r\n".utf8
        }
        return body
    }
}

/// The filter of the audit log, as the address of the screen has it.
struct AuditQuery {
    let form: URLEncodedForm
    private(set) var filter = AuditFilter()
    private(set) var faults: [FieldFault] = []

    static let names = ["who", "what", "page", "from", "to"]

    init(_ visit: Visit) {
        form = URLEncodedForm(visit.query.fields.filter { Self.names.contains($0.name) && !$0.value.isEmpty })
        filter.showsInternalPages = true
        if let who = form["who"] {
            filter.actorKind = AuditActor.Kind(rawValue: who)
            if filter.actorKind == nil { filter.actorID = who }
        }
        filter.action = form["what"].flatMap(AuditEvent.Action.init)
        filter.page = form["page"].flatMap { ID($0) }
        filter.since = time("from", visit.zone)
        filter.until = time("to", visit.zone)
    }

    private mutating func time(_ name: String, _ zone: Zone) -> Timestamp? {
        switch zone.read(form[name] ?? "") {
        case .time(let time): return time
        case .missing: return nil
        case .skipped:
            faults.append(FieldFault(name, "This time does not exist: clocks are set forward then. Choose another."))
        case .malformed: faults.append(FieldFault(name, "Enter a date and a time, such as 2026-11-30T14:20."))
        }
        return nil
    }

    /// The query with another fault.
    func with(_ fault: FieldFault) -> AuditQuery {
        var query = self
        query.faults.append(fault)
        return query
    }

    /// The address of a screen with this filter.
    func address(_ path: String, _ more: KeyValuePairs<String, String?>) -> String {
        let query = form.with(more).encoded
        return query.isEmpty ? path : "\(path)?\(query)"
    }
}

extension Response {
    /// A file to download.
    static func file(_ name: String, type: String, _ body: [UInt8]) -> Response {
        Response(
            .ok, fields: [.contentType: type, .contentDisposition: "attachment; filename=\"\(name)\""], body: body)
    }
}
