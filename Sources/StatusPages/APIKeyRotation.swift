/// The command to give a key another token, as a client sent it.
public struct APIKeyRotation: Sendable {
    private static let mostMinutes = 60

    /// How long the tokens that the key has go on working.
    public var gracePeriodMinutes: Int

    /// - Parameter gracePeriodMinutes: nil for half an hour.
    public init(gracePeriodMinutes: Int?) { self.gracePeriodMinutes = gracePeriodMinutes ?? 30 }

    fileprivate func graceEnd(after now: Timestamp) throws(Faults) -> Timestamp {
        guard (0...Self.mostMinutes).contains(gracePeriodMinutes) else {
            let message = "The grace period must be from 0 to \(Self.mostMinutes) minutes."
            throw Faults([Fault(.invalidValue, [.field(.gracePeriodMinutes)], message)])
        }
        return now.advanced(byMilliseconds: Int64(gracePeriodMinutes) * 60_000)
    }
}

extension APIKey {
    /// What keeps this key from rotating another: whoever rotates a key learns its token, and so gets its roles.
    public func rolesMissing(toRotate other: APIKey) -> [MissingRole] {
        other.roles.filter { !holds($0) }.map { MissingRole($0) }
    }

    /// Notes that the key gets another token.
    /// - Returns: when the ones it has stop working, unless they do so before.
    public mutating func rotate(_ command: APIKeyRotation, at now: Timestamp) throws(Faults) -> Timestamp {
        let end = try command.graceEnd(after: now)
        tokenIssuedAt = now
        return end
    }
}
