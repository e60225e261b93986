/// How the server's clock changes the status of an automated maintenance.
extension Maintenance {
    /// When the clock changes the status next; nil if it never does. The clock only moves the status forwards.
    public var nextAutomation: Timestamp? {
        guard isAutomated else { return nil }
        switch status {
        case .scheduled: return window.startAt
        case .inProgress: return window.endAt
        case .complete: return nil
        }
    }

    /// The fault of an automated maintenance's window; nil if it is valid. If the window is entirely in the past, the
    /// clock would publish every update at once. If the maintenance is complete, every window is valid, because the
    /// clock does nothing more.
    static func fault(ofAutomating window: Window, in status: Status, at now: Timestamp) -> Fault? {
        guard status != .complete, window.endAt <= now else { return nil }
        return Fault(
            .invalidValue, [.field(.endAt)], "The end of an automated maintenance must be in the future.")
    }

    /// Publishes the clock's next update, if it is due. After downtime, two updates may be pending, so call this until
    /// it returns nil.
    public mutating func automate(at now: Timestamp, newID: () -> ULID) -> MaintenanceUpdate? {
        guard let due = nextAutomation, due <= now else { return nil }
        let isBeginning = status == .scheduled
        return advance(
            to: isBeginning ? .inProgress : .complete,
            message: isBeginning ? "The maintenance has begun." : "The maintenance is complete.",
            notifies: notifiesAutomatically,
            at: now, endingAt: isBeginning ? nil : window.endAt, newID: newID)
    }
}
