import StatusPages
import Storage

/// A delivery that a lane is to look at and send.
struct DeliveryJob: Equatable, Sendable {
    let delivery: ID<Delivery>
    let source: DeliverySource
    let subscriber: ID<Subscriber>
    let event: ULID?
    /// At most one job in memory has a given key. For emails the key names a subscriber and an event, so that the
    /// event's updates stay in order. For other channels it names an endpoint, which gets one call at a time.
    let key: String

    init(_ due: DueDelivery) {
        delivery = due.id
        source = due.source
        subscriber = due.subscriberID
        event = due.eventID
        key =
            due.source.channel == .email
            ? "\(due.subscriberID) \(due.eventID?.description ?? due.id.description)" : due.addressKey
    }

    /// Whether somebody waits for the message: a confirmation, a link or a test.
    var isRequested: Bool { source.kind != .update }
}

/// The jobs in memory: those that wait for a lane, those that a lane has, and those whose outcome is not stored yet.
///
/// Messages that somebody waits for come first. Otherwise the pages take turns.
struct DeliveryPool {
    /// The maximum number of jobs in memory.
    static let mostRequested = 100
    static let mostUpdates = 400

    private var keys: Set<String> = []
    private var requested: [DeliveryJob] = []
    private var updates: [ID<StatusPage>: [DeliveryJob]] = [:]
    /// The pages with waiting updates; the first has the next turn.
    private var turns: [ID<StatusPage>] = []
    private var requestedCount = 0
    private var updateCount = 0
    /// How many jobs wait for a lane.
    private(set) var waiting = 0

    /// How many jobs are in memory.
    var count: Int { requestedCount + updateCount }

    /// How many more jobs may be added.
    func room(forRequested isRequested: Bool) -> Int {
        isRequested ? Self.mostRequested - requestedCount : Self.mostUpdates - updateCount
    }

    /// - Returns: false if there is a job with that key.
    mutating func add(_ job: DeliveryJob) -> Bool {
        guard keys.insert(job.key).inserted else { return false }
        waiting += 1
        guard !job.isRequested else {
            requested.append(job)
            requestedCount += 1
            return true
        }
        let page = job.source.pageID
        if updates[page] == nil { turns.append(page) }
        updates[page, default: []].append(job)
        updateCount += 1
        return true
    }

    /// The next job for a lane. It stays in memory until it is released.
    mutating func take() -> DeliveryJob? {
        guard waiting > 0 else { return nil }
        waiting -= 1
        if !requested.isEmpty { return requested.removeFirst() }
        guard let page = turns.first, let job = updates[page]?.removeFirst() else { return nil }
        turns.removeFirst()
        if updates[page]?.isEmpty == true {
            updates[page] = nil
        } else {
            turns.append(page)
        }
        return job
    }

    /// Drops a job that was taken. Its delivery can become a job again.
    mutating func release(_ job: DeliveryJob) {
        guard keys.remove(job.key) != nil else { return }
        if job.isRequested { requestedCount -= 1 } else { updateCount -= 1 }
    }
}
