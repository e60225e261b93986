import StatusPages
import Storage

/// How the use cases write to the audit log. A use case that changes nothing writes nothing.
extension Publishing {
    func audit(
        _ action: AuditEvent.Action, _ subject: AuditSubject, page: ID<StatusPage>?,
        _ changes: AuditChanges = AuditChanges(), in transaction: WriteTransaction
    ) throws {
        try transaction.audit(action, subject, page: page, changes, at: now())
    }

    /// Records a change of an incident or a maintenance, if there is one. A new update is named by its id: its text is
    /// stored with the event.
    /// - Parameter old: the event before the change; nil for a new one.
    func audit<Event: PublishedEvent>(
        _ action: AuditEvent.Action, _ event: Event, since old: Event? = nil, publishing update: Event.Update? = nil,
        in transaction: WriteTransaction
    ) throws {
        var changes = AuditChanges()
        changes.note("name", old?.name, event.name)
        changes.note("status", old?.status.rawValue, event.status.rawValue)
        event.noteOwnChanges(since: old, in: &changes)
        if let update {
            changes.note("update_id", nil, update.id)
            changes.note("notify_subscribers", nil, update.notifiesSubscribers)
        }
        if !changes.isEmpty { try audit(action, AuditSubject(event), page: event.pageID, changes, in: transaction) }
    }

    /// Makes a change of pages or of their items, and records all differences. These include claims that end.
    func auditingPages<Result>(in transaction: WriteTransaction, _ change: () throws -> Result) throws -> Result {
        let before = try transaction.reading.pageRecords()
        let claims = try transaction.reading.claims()
        let result = try change()
        let kept = Set(try transaction.reading.claims().map(\.resource))
        for ended in claims where !kept.contains(ended.resource) {
            try audit(.none, since: ended.claim, on: ended.subject, page: ended.page, in: transaction)
        }
        for change in try transaction.reading.pageRecords().changes(since: before) {
            try audit(change.action, change.subject, page: change.page, change.changes, in: transaction)
        }
        return result
    }

    /// Records a change of a subscriber, without its address, name and secrets.
    /// - Parameter old: the subscriber before the change; nil for a new one.
    func audit(
        _ action: AuditEvent.Action, _ subscriber: Subscriber, since old: Subscriber? = nil,
        in transaction: WriteTransaction
    ) throws {
        var changes = AuditChanges()
        changes.note("state", old?.state.rawValue, subscriber.state.rawValue)
        changes.note("format", old?.format?.rawValue, subscriber.format?.rawValue)
        changes.note("scope", old?.scope.auditText, subscriber.scope.auditText)
        changes.note("failures", old?.failures ?? 0, subscriber.failures)
        if let old {
            changes.noteHidden("address", old.address, subscriber.address)
            changes.noteHidden("name", old.name, subscriber.name)
            changes.noteHidden("secret", old.secrets, subscriber.secrets)
        }
        if !changes.isEmpty {
            try audit(action, AuditSubject(subscriber), page: subscriber.pageID, changes, in: transaction)
        }
    }
}

extension AuditSubject {
    init<Event: PublishedEvent>(_ event: Event) { self.init(Event.auditKind, event.id, event.name) }
}

extension SubscriptionScope {
    /// The ids of what was chosen; nil for the whole page.
    fileprivate var auditText: [String]? {
        guard case .chosen(let choice) = self else { return nil }
        return choice.components.map(\.description) + choice.groups.map(\.description)
            + choice.subPages.map(\.description)
    }
}
