/// A command to rename a maintenance and move its window.
public struct MaintenanceRevision: Sendable {
    public var name: String?
    public var window: MaintenanceWindowDraft
    /// Whether subscribers are notified when the clock changes the status. Nil: unchanged.
    public var notifiesAutomatically: Bool?

    public init(name: String?, window: MaintenanceWindowDraft, notifiesAutomatically: Bool? = nil) {
        self.name = name
        self.window = window
        self.notifiesAutomatically = notifiesAutomatically
    }
}

extension Maintenance {
    /// Renames the maintenance, and moves its window with every open period. Publishes no update.
    /// - Throws: everything that is wrong with the command. The maintenance then stays unchanged.
    public mutating func revise(_ command: MaintenanceRevision, at now: Timestamp) throws(Faults) {
        var faults = [TextRule.name.fault(command.name, .name)].compactMap(\.self)
        let window = command.window.checked(faults: &faults)
        if isAutomated, let window, window != self.window,
            let fault = Self.fault(ofAutomating: window, in: status, at: now)
        {
            faults.append(fault)
        }
        guard faults.isEmpty, let name = command.name, let window else { throw Faults(faults) }
        // Compares bytes, because Swift treats different encodings of a character as equal.
        if window != self.window || !name.utf8.elementsEqual(self.name.utf8) { revisedAt = max(now, revisedAt ?? now) }
        self.name = name
        self.window = window
        notifiesAutomatically = command.notifiesAutomatically ?? notifiesAutomatically
        moveOpenPeriods()
    }
}
