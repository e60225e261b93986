/// What the clock does to a maintenance that is left to it.
extension Maintenance {
    /// When the clock next moves the status; nil if it never will. The clock moves forwards only.
    public var nextAutomation: Timestamp? {
        guard isAutomated else { return nil }
        switch status {
        case .scheduled: return window.startAt
        case .inProgress: return window.endAt
        case .complete: return nil
        }
    }

    /// What is wrong with a window that the clock is to follow: if all of it is in the past, the clock would publish every
    /// update at once. Nothing is wrong once the maintenance is complete, since the clock then has nothing left to do.
    static func fault(ofAutomating window: Window, in status: Status, at now: Timestamp) -> Fault? {
        guard status != .complete, window.endAt <= now else { return nil }
        return Fault(
            .invalidValue, [.field(.endAt)], "The end of an automated maintenance must be in the future.")
    }

    /// Publishes the update that is due, if one is. After a time in which nobody did, two may be: call it until it
    /// returns nil.
    public mutating func automate(at now: Timestamp, newID: () -> ULID) -> MaintenanceUpdate? {
        guard let due = nextAutomation, due <= now else { return nil }
        let notifies = updates.first?.notifiesSubscribers ?? false
        let isBeginning = status == .scheduled
        return advance(
            to: isBeginning ? .inProgress : .complete,
            message: isBeginning ? "The maintenance has begun." : "The maintenance is complete.", notifies: notifies,
            at: now, endingAt: isBeginning ? nil : window.endAt, newID: newID)
    }
}
