public import StatusPages

/// A mail with a link by which somebody gets in to the dashboard.
public enum AccountLetter: Equatable, Sendable {
    /// - Parameters:
    ///   - url: the link.
    ///   - until: the end of the link.
    case invitation(url: String, until: Timestamp)
    /// - Parameters:
    ///   - url: the link.
    ///   - until: the end of the link.
    case reset(url: String, until: Timestamp)
}
