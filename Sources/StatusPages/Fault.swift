/// Why a command is refused: one thing that is wrong with it, and where.
public struct Fault: Error, Equatable, Sendable {
    public enum Code: Equatable, Sendable {
        case required
        case invalidValue
        case tooShort
        case tooLong
        /// A component that is not on the page.
        case unknownComponent
        /// A list of updates that is full.
        case tooManyUpdates
        /// A server that has all the keys it may have.
        case tooManyKeys
        /// Something that cannot be removed because other things refer to it.
        case inUse
    }

    /// A step on the way to what is wrong.
    public enum Step: Equatable, Sendable {
        case field(Field)
        case index(Int)
    }

    /// What a command is made of.
    public enum Field: Equatable, Sendable {
        case id, name, description, message, incidentStatus, idempotencyKey, notifySubscribers
        case componentStatuses, componentID, componentStatus
        case updates, publishedAt
        case maintenanceStatus, affectedComponentIDs, startAt, endAt
        case roleNames, teamIDs, teamRoleNames, comments, gracePeriodMinutes
    }

    public let code: Code
    /// A sentence for whoever sent the command.
    public let message: String
    /// Empty when the command as a whole is at fault.
    public let path: [Step]

    public init(_ code: Code, _ path: [Step], _ message: String) {
        self.code = code
        self.path = path
        self.message = message
    }

    /// The same fault of something that is a part of something larger.
    func under(_ place: [Step]) -> Fault { Fault(code, place + path, message) }

    static let notificationUndecided = Fault(
        .required, [.field(.notifySubscribers)], "Say whether subscribers are to be notified.")
}

/// All that is wrong with a command.
public struct Faults: Error, Equatable, Sendable {
    public let all: [Fault]

    public init(_ all: [Fault]) { self.all = all }
}
