/// The command to rename a maintenance and move its window, as a client sent it.
public struct MaintenanceRevision: Sendable {
    public var name: String?
    public var window: MaintenanceWindowDraft

    public init(name: String?, window: MaintenanceWindowDraft) {
        self.name = name
        self.window = window
    }
}

extension Maintenance {
    /// Renames the maintenance and moves its window, and every open period with it. Publishes no update.
    /// - Throws: everything that is wrong with the command; the maintenance is as it was.
    public mutating func revise(_ command: MaintenanceRevision, at now: Timestamp) throws(Faults) {
        var faults = [TextRule.name.fault(command.name, .name)].compactMap(\.self)
        let window = command.window.checked(faults: &faults)
        if isAutomated, let window, window != self.window,
            let fault = Self.fault(ofAutomating: window, in: status, at: now)
        {
            faults.append(fault)
        }
        guard faults.isEmpty, let name = command.name, let window else { throw Faults(faults) }
        self.name = name
        self.window = window
        moveOpenPeriods()
    }
}
