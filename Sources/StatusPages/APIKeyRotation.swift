/// A command to give a key a new token.
public struct APIKeyRotation: Sendable {
    private static let mostMinutes = 60

    /// How long the key's existing tokens still work, in minutes.
    public var gracePeriodMinutes: Int

    /// - Parameter gracePeriodMinutes: nil for 30.
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
    /// The roles of another key that this key lacks. While it lacks any, it cannot rotate that key: the response
    /// contains the new token, which has all of that key's roles.
    public func rolesMissing(toRotate other: APIKey) -> [MissingRole] {
        other.roles.filter { !holds($0) }.map { MissingRole($0) }
    }

    /// Records that the key gets a new token.
    /// - Returns: when its existing tokens expire, unless they expire earlier.
    public mutating func rotate(_ command: APIKeyRotation, at now: Timestamp) throws(Faults) -> Timestamp {
        let end = try command.graceEnd(after: now)
        tokenIssuedAt = now
        return end
    }
}
