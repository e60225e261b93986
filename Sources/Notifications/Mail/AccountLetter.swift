public import StatusPages

/// An email with a link that gives access to the dashboard.
public enum AccountLetter: Equatable, Sendable {
    /// - Parameters:
    ///   - url: the link.
    ///   - until: when the link expires.
    case invitation(url: String, until: Timestamp)
    /// - Parameters:
    ///   - url: the link.
    ///   - until: when the link expires.
    case reset(url: String, until: Timestamp)
}
