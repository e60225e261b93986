import Publishing
import StatusPages
import Storage

/// Makes deliveries from notifications, and jobs from deliveries that are due. It belongs to one thread at a time.
// Sendable because the deliverer uses it only on its queue.
final class Feeder: @unchecked Sendable {
    /// How many subscribers one transaction looks at.
    static let chunk = 500
    /// How many deliveries of a source one call looks at. An endpoint that hangs can have many due deliveries.
    private static let mostExamined = 2_000

    private let store: Store
    private let writer: Writer
    private let publishing: Publishing
    private let now: @Sendable () -> Timestamp
    private let newID: @Sendable () -> ULID
    private var notifications: [ID<UpdateNotification>: UpdateNotification] = [:]
    /// The place at which the next look at a source begins.
    private var places: [DeliverySource: DueDelivery.Place] = [:]
    /// Sources that take turns with each other.
    private struct Circle: Hashable {
        let isMail: Bool
        let isRequested: Bool

        init(_ source: DeliverySource) {
            isMail = source.channel == .email
            isRequested = source.kind != .update
        }
    }

    /// In each circle, the source that had the last turn.
    private var lastSources: [Circle: DeliverySource] = [:]

    init(
        store: Store, writer: Writer, publishing: Publishing, now: @escaping @Sendable () -> Timestamp,
        newID: @escaping @Sendable () -> ULID
    ) {
        self.store = store
        self.writer = writer
        self.publishing = publishing
        self.now = now
        self.newID = newID
    }

    // MARK: Deleted events

    /// Cancels the pending deliveries about deleted events. Some remain if the deletion was interrupted.
    func cancel() throws {
        for event in try store.read({ try $0.cancelledEvents() }) {
            while try writer.writeAndWait({ [publishing] in try publishing.cancelDeliveries(about: event, in: $0) })
                .get()
            {}
        }
    }

    // MARK: From notifications to deliveries

    /// Makes the next deliveries of each page's oldest notification.
    /// - Returns: the notifications whose deliveries are all made now, and whether there is more to do.
    func fanOut() throws -> (ended: [ID<UpdateNotification>], isMore: Bool) {
        let now = now()
        let waiting = try store.read { transaction in
            try transaction.waitingNotificationIDs(at: now).compactMap { id in
                try notifications[id] ?? transaction.notification(id)
            }
        }
        notifications = Dictionary(uniqueKeysWithValues: waiting.map { ($0.id, $0) })
        var ended: [ID<UpdateNotification>] = []
        for notification in waiting {
            let isLast = try writer.writeAndWait { [self] in try makeChunk(of: notification, in: $0) }.get()
            if isLast { ended.append(notification.id) }
        }
        return (ended, !waiting.isEmpty)
    }

    /// Makes some deliveries of a notification.
    /// - Returns: whether they are the last.
    private func makeChunk(of notification: UpdateNotification, in transaction: WriteTransaction) throws -> Bool {
        // The event may have been deleted meanwhile.
        guard let cursor = try transaction.reading.fanOutCursor(of: notification.id) else { return true }
        let announcement = notification.announcement
        let now = now()
        guard publishing.site.servedPage(announcement.pageID) != nil else {
            try transaction.advance(notification.id, to: cursor, endingAt: now)
            return true
        }
        let channels = Set(publishing.rules.channels)
        let chunk = try transaction.reading.fanOutChunk(of: announcement.pageID, after: cursor, limit: Self.chunk)
        for subscriber in chunk.subscribers {
            guard channels.contains(subscriber.channel), subscriber.scope.contains(announcement.concerned),
                let since = subscriber.activeSince, since <= notification.createdAt
            else { continue }
            try transaction.insert(
                Delivery(
                    id: ID(newID()), pageID: announcement.pageID, subscriberID: subscriber.id,
                    channel: subscriber.channel,
                    kind: .update, notificationID: notification.id, eventID: announcement.eventID, createdAt: now))
        }
        try transaction.advance(notification.id, to: chunk.cursor, endingAt: chunk.isLast ? now : nil)
        return chunk.isLast
    }

    // MARK: From deliveries to jobs

    /// The sources whose deliveries may be sent now.
    func sources(hasMail: Bool) throws -> [DeliverySource] {
        let (sources, isPaused) = try store.read {
            (try $0.deliverySources(), try $0.isPaused())
        }
        places = places.filter { sources.contains($0.key) }
        return sources.filter { source in
            (hasMail || source.channel != .email) && (!isPaused || source.kind != .update)
        }
    }

    /// Loads due deliveries into lanes as far as there is room.
    /// - Parameter sources: those for these lanes.
    func load(_ sources: [DeliverySource], into lanes: Lanes) throws {
        let requested = sources.filter { $0.kind != .update }
        let updates = sources.filter { $0.kind == .update }
        _ = try fill(lanes, from: requested, room: lanes.room(forRequested: true))
        lanes.note(moreAreDue: try fill(lanes, from: updates, room: lanes.room(forRequested: false)))
        lanes.startWork()
    }

    /// - Returns: whether the room was too small.
    private func fill(_ lanes: Lanes, from sources: [DeliverySource], room: Int) throws -> Bool {
        guard room > 0, let circle = sources.first.map(Circle.init) else { return !sources.isEmpty }
        var room = room
        // The source after the one that had the last turn comes first.
        let start = lastSources[circle].flatMap { last in sources.firstIndex { last < $0 } } ?? 0
        var turns = Array(sources[start...] + sources[..<start])
        while room > 0, !turns.isEmpty {
            let share = max(1, room / turns.count)
            var unexhausted: [DeliverySource] = []
            for source in turns where room > 0 {
                let (added, isExhausted) = try load(min(share, room), of: source, into: lanes)
                room -= added
                lastSources[circle] = source
                if !isExhausted { unexhausted.append(source) }
            }
            turns = unexhausted
        }
        return room == 0
    }

    /// Loads due deliveries of a source.
    /// - Returns: how many, and whether all due deliveries, or `mostExamined` of them, were looked at.
    private func load(
        _ wanted: Int, of source: DeliverySource, into lanes: Lanes
    ) throws -> (added: Int, isExhausted: Bool) {
        let now = now()
        var place = places[source] ?? .start
        var (added, examined) = (0, 0)
        while added < wanted, examined < Self.mostExamined {
            let limit = wanted - added
            let due = try store.read { try $0.dueDeliveries(of: source, after: place, at: now, limit: limit) }
            added += lanes.add(due.map(DeliveryJob.init))
            examined += due.count
            guard due.count == limit, let last = due.last else {
                // The next look begins with the first delivery again: those that were in memory may be due again.
                places[source] = nil
                return (added, true)
            }
            place = last.place
        }
        places[source] = place
        return (added, examined >= Self.mostExamined)
    }
}
