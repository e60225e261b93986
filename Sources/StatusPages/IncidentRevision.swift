/// A command to rename an incident, publish an update to it, or both.
public struct IncidentRevision: Sendable {
    /// Whether the request has a name, even an unreadable one.
    public var renames: Bool
    public var name: String?
    /// Nil if the request has no part of an update.
    public var publication: IncidentPublication?

    public init(renames: Bool, name: String?, publication: IncidentPublication?) {
        self.renames = renames
        self.name = name
        self.publication = publication
    }
}

extension Incident {
    /// Renames the incident, publishes an update, or both.
    ///
    /// The parameters are those of `publish`.
    /// - Returns: the update, if one was published.
    /// - Throws: everything that is wrong with the command. The incident then stays unchanged.
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
        // Compares bytes, because Swift treats different encodings of a character as equal.
        if let name = command.name, !name.utf8.elementsEqual(self.name.utf8) {
            revised.name = name
            revised.revisedAt = max(now, revisedAt ?? now)
        }
        self = revised
        return update
    }
}
