public import StatusPages
public import Storage

/// The result of a use case that may publish an update.
public struct Published<Event: PublishedEvent>: Sendable {
    public let event: Event
    /// The new update; nil if none was published.
    public let update: Event.Update?
    /// The maximum number of subscribers that are notified. The scopes of some may exclude the update:
    /// `recipientCount` counts exactly, but takes longer. Nil if no update was published.
    public let notified: Int?
}

/// Somebody published another update after the last one that the author has seen.
public struct NewerUpdate: Error, Equatable {
    /// The newest update.
    public let id: ULID
    /// Nil if it is unknown.
    public let author: UpdateAuthor?
}

extension Publishing {
    /// An incident or a maintenance, if its page is visible to clients.
    /// - Throws: `NotFound`, or an error of the database.
    public func find<Event: PublishedEvent>(
        _ id: ID<Event>, in transaction: ReadTransaction
    ) throws -> (event: Event, page: StatusPage) {
        guard let event = try Event.find(id, in: transaction), let page = site.servedPage(event.pageID) else {
            throw NotFound(Event.title)
        }
        return (event, page)
    }

    /// An incident or a maintenance to change. Users of the dashboard may also change events of internal pages.
    private func find<Event: PublishedEvent>(
        _ id: ID<Event>, in transaction: WriteTransaction
    ) throws -> (event: Event, page: StatusPage) {
        guard transaction.actor?.kind == .user else { return try find(id, in: transaction.reading) }
        guard let event = try Event.find(id, in: transaction.reading),
            let page = site.pages.first(where: { $0.id == event.pageID })
        else { throw NotFound(Event.title) }
        return (event, page)
    }

    /// Declares an incident or schedules a maintenance.
    /// - Throws: `Faults`, or an error of the database.
    public func create<Event: PublishedEvent>(
        _ command: Event.Creation, on page: StatusPage, in transaction: WriteTransaction
    ) throws -> Published<Event> {
        let event = try Event.create(command, on: page, at: now(), newID: newID)
        try event.insert(in: transaction)
        try audit(.created, event, publishing: event.updates.last, in: transaction)
        return try notifying(of: event, event.updates.last, on: page, in: transaction)
    }

    /// Records a past incident. Nobody is notified.
    /// - Throws: `Faults`, or an error of the database.
    public func record(
        _ command: RetrospectiveCreation, on page: StatusPage, in transaction: WriteTransaction
    ) throws -> Incident {
        let incident = try Incident.record(command, on: page, at: now(), newID: newID)
        try transaction.insert(incident)
        try audit(.recorded, incident, in: transaction)
        return incident
    }

    /// Publishes an update.
    /// - Parameter last: the last update that the author has seen. Nil: publish it whatever was published meanwhile.
    /// - Throws: `NotFound`, `NewerUpdate`, `Faults`, or an error of the database.
    public func publish<Event: PublishedEvent>(
        _ command: Publication<Event.Status, Event.ComponentStatus>, to id: ID<Event>,
        expecting last: ID<Event.Update>? = nil, in transaction: WriteTransaction
    ) throws -> Published<Event> {
        let (old, page) = try find(id, in: transaction)
        if let last, let newest = old.updates.last, newest.id != last {
            let authors = try Event.authors(of: id, in: transaction.reading)
            throw NewerUpdate(id: newest.id.ulid, author: authors[old.updates.count - 1])
        }
        var event = old
        let update = try event.publish(command, page: page, at: now(), newID: newID)
        try event.save(publishing: update, in: transaction)
        try audit(.published, event, since: old, publishing: update, in: transaction)
        return try notifying(of: event, update, on: page, in: transaction)
    }

    /// Changes the name of an event, and the other values in the command for its kind.
    /// - Throws: `NotFound`, `Faults`, or an error of the database.
    public func revise<Event: PublishedEvent>(
        _ id: ID<Event>, with command: Event.Revision, in transaction: WriteTransaction
    ) throws -> Published<Event> {
        let (old, page) = try find(id, in: transaction)
        var event = old
        let update = try event.revise(command, page: page, at: now(), newID: newID)
        try event.save(publishing: update, in: transaction)
        try audit(update == nil ? .changed : .published, event, since: old, publishing: update, in: transaction)
        return try notifying(of: event, update, on: page, in: transaction)
    }

    /// Replaces the text of an update. Nobody is notified. The audit log keeps both texts.
    /// - Returns: the event and the update.
    /// - Throws: `NotFound`, `Faults`, or an error of the database.
    public func edit<Event: PublishedEvent>(
        _ update: ID<Event.Update>, of id: ID<Event>, message: String?, in transaction: WriteTransaction
    ) throws -> Published<Event> {
        var (event, _) = try find(id, in: transaction)
        guard let position = event.updates.firstIndex(where: { $0.id == update }) else {
            throw NotFound("\(Event.title) update")
        }
        let old = event.updates[position].message
        try event.updates[position].edit(message: message, at: now())
        try event.saveText(ofUpdateAt: position, in: transaction)
        var changes = AuditChanges()
        changes.note("message", old, event.updates[position].message)
        if !changes.isEmpty {
            changes.name("update_id", update)
            try audit(.edited, AuditSubject(event), page: event.pageID, changes, in: transaction)
        }
        return Published(event: event, update: event.updates[position], notified: nil)
    }

    /// Deletes an event, and cancels the pending messages about it. From then on none is sent.
    /// - Returns: whether `cancelDeliveries` has to cancel the rest, in further transactions. If nobody calls it, the
    ///   deliverer does.
    /// - Throws: `NotFound`, or an error of the database.
    @discardableResult
    public func delete<Event: PublishedEvent>(_ id: ID<Event>, in transaction: WriteTransaction) throws -> Bool {
        let event = try find(id, in: transaction).event
        try event.delete(in: transaction)
        try audit(.deleted, AuditSubject(event), page: event.pageID, in: transaction)
        return try cancelDeliveries(about: id.ulid, in: transaction)
    }

    /// Cancels some more messages about a deleted event.
    /// - Returns: whether more may wait.
    /// - Throws: an error of the database.
    public func cancelDeliveries(about event: ULID, in transaction: WriteTransaction) throws -> Bool {
        try transaction.cancelDeliveries(about: event, at: now(), limit: Self.part)
    }

    /// How many deliveries one transaction changes at most. The limit keeps transactions short for other writes.
    static let part = 500

    /// Publishes all updates of an automated maintenance that are due. If its whole window passed while no server ran,
    /// it gets both updates.
    /// - Returns: the new statuses, in order.
    public func automate(_ id: ID<Maintenance>, in transaction: WriteTransaction) throws -> [Maintenance.Status] {
        guard var maintenance = try transaction.reading.maintenance(id) else { return [] }
        var published: [Maintenance.Status] = []
        while true {
            let old = maintenance
            guard let update = maintenance.automate(at: now(), newID: newID) else { break }
            try transaction.save(maintenance, publishing: update)
            try audit(.published, maintenance, since: old, publishing: update, in: transaction)
            if let page = site.servedPage(maintenance.pageID) {
                _ = try notifying(of: maintenance, update, on: page, in: transaction)
            }
            published.append(update.status)
        }
        return published
    }

    /// How many subscribers are notified of an event's last update, stored or not.
    /// - Throws: an error of the database.
    public func recipientCount<Event: PublishedEvent>(
        of event: Event, on page: StatusPage, in transaction: ReadTransaction
    ) throws -> Int {
        guard page.isServed, event.updates.last?.notifiesSubscribers == true,
            let announcement = event.announcement(on: page, serverURL: site.serverURL)
        else { return 0 }
        return try transaction.recipientCount(of: announcement, over: rules.channels, at: now())
    }

    /// Records the notification of an event's last update, if the update asks for one.
    private func notifying<Event: PublishedEvent>(
        of event: Event, _ update: Event.Update?, on page: StatusPage, in transaction: WriteTransaction
    ) throws -> Published<Event> {
        guard let update else { return Published(event: event, update: nil, notified: nil) }
        guard update.notifiesSubscribers,
            let announcement = event.announcement(on: page, serverURL: site.serverURL)
        else { return Published(event: event, update: update, notified: 0) }
        let rules = rules
        let count = try transaction.reading.subscriberCount(of: page.id, .active, over: rules.channels)
        if transaction.actor?.kind == .apiKey, rules.maxForAPINotification > 0, count > rules.maxForAPINotification {
            throw Faults([.tooManySubscribers(count, most: rules.maxForAPINotification)])
        }
        let now = now()
        let isHeld = count > 0 && rules.holdSeconds > 0 && transaction.actor?.kind == .user
        try transaction.insert(
            UpdateNotification(
                id: ID(newID()), createdAt: now, announcement: announcement, fannedOutAt: count == 0 ? now : nil,
                heldUntil: isHeld ? now.advanced(byMilliseconds: Int64(rules.holdSeconds) * 1_000) : nil))
        return Published(event: event, update: update, notified: count)
    }
}
