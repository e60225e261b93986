/// One reason why a command is rejected, and the place of the error in the command.
public struct Fault: Error, Equatable, Sendable {
    public enum Code: Equatable, Sendable {
        case required
        case invalidValue
        case tooShort
        case tooLong
        /// A component that is not on the page.
        case unknownComponent
        /// A group that is not on the page.
        case unknownGroup
        /// A text that does not have the required form.
        case invalidFormat
        /// A URL to which the server may not send.
        case addressNotAllowed
        /// The page has more active subscribers than one request may notify.
        case tooManySubscribers
        /// The event has the maximum number of updates.
        case tooManyUpdates
        /// The server has the maximum number of keys.
        case tooManyKeys
        /// Something that cannot be removed because other things refer to it.
        case inUse
    }

    /// One step of the path to an error.
    public enum Step: Equatable, Sendable {
        case field(Field)
        case index(Int)
        /// A member with a name that the client chose.
        case name(String)
    }

    /// The fields of commands.
    public enum Field: Equatable, Sendable {
        case id, name, description, message, incidentStatus, idempotencyKey, notifySubscribers
        case componentStatuses, componentID, componentStatus
        case updates, publishedAt
        case maintenanceStatus, affectedComponentIDs, startAt, endAt
        case roleNames, teamIDs, teamRoleNames, comments, gracePeriodMinutes
        case channel, email, url, format, componentIDs, groupIDs, subPageIDs, subscribers
        case items, component, group, subPage, components, hidden, displayAggregatedUptime
        case resourceType, resourceID, annotations
        case key
    }

    public let code: Code
    /// A sentence for the client that sent the command.
    public let message: String
    /// Empty if the fault is about the command as a whole.
    public let path: [Step]

    public init(_ code: Code, _ path: [Step], _ message: String) {
        self.code = code
        self.path = path
        self.message = message
    }

    /// The same fault, with its path below `place`.
    func under(_ place: [Step]) -> Fault { Fault(code, place + path, message) }

    public static func tooManySubscribers(_ count: Int, most: Int) -> Fault {
        Fault(
            .tooManySubscribers, [.field(.notifySubscribers)],
            """
            The page has \(count) active subscribers; one request may notify at most \(most). Send false, or raise \
            subscribers.max_for_api_notification in the configuration.
            """)
    }

    static let notificationUndecided = Fault(
        .required, [.field(.notifySubscribers)], "Specify whether to notify subscribers: true or false.")
}

/// Everything that is wrong with a command.
public struct Faults: Error, Equatable, Sendable {
    public let all: [Fault]

    public init(_ all: [Fault]) { self.all = all }
}
