/// The command to rename an incident, to publish an update to it, or both at once, as a client sent it.
public struct IncidentRevision: Sendable {
    /// Whether a name was sent, even one that could not be read.
    public var renames: Bool
    public var name: String?
    /// Nil when nothing of an update was sent.
    public var publication: IncidentPublication?

    public init(renames: Bool, name: String?, publication: IncidentPublication?) {
        self.renames = renames
        self.name = name
        self.publication = publication
    }
}

extension Incident {
    /// Renames the incident, publishes an update, or both.
    /// - Parameters: as for `publish`.
    /// - Returns: the update, if one was published.
    /// - Throws: everything that is wrong with the command; the incident is as it was.
    public mutating func revise(
        _ command: IncidentRevision, page: StatusPage, at now: Timestamp, newID: () -> ULID
    ) throws(Faults) -> IncidentUpdate? {
        var revised = self
        var faults: [Fault] = []
        if command.renames || command.publication == nil, let fault = TextRule.name.fault(command.name, .name) {
            faults.append(fault)
        }
        var update: IncidentUpdate?
        if let publication = command.publication {
            do throws(Faults) {
                update = try revised.publish(publication, page: page, at: now, newID: newID)
            } catch {
                faults += error.all
            }
        }
        guard faults.isEmpty else { throw Faults(faults) }
        revised.name = command.name ?? name
        self = revised
        return update
    }
}
