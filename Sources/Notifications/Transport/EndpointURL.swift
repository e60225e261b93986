/// The URL of an endpoint, checked by the rules for endpoints.
///
/// A host that is a name is not looked up here. `CurlCaller` checks each address when it connects.
public struct EndpointURL: Equatable, Sendable {
    public enum Invalid: Error, Equatable {
        /// The text is not such a URL.
        case format(rule: String)
        /// The host is an address that endpoints must not have.
        case addressNotAllowed(rule: String)

        /// The rule that the text breaks, as a predicate such as "must be an https URL".
        public var rule: String {
            switch self {
            case .format(let rule), .addressNotAllowed(let rule): rule
            }
        }
    }

    /// The URL as it was written.
    public let text: String

    public init(_ text: String, under settings: WebhookSettings) throws(Invalid) {
        throw .format(rule: "")
    }
}
