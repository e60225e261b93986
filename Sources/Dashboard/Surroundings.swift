public import StatusPages

/// The facts about the server that screens show, but that the database does not have.
public struct Surroundings: Sendable {
    /// The certificate that clients get when they ask for a host name.
    public enum Certificate: Equatable, Sendable {
        /// The server answers without TLS, so a proxy must have the certificate.
        case none
        /// - Parameters:
        ///   - isOwn: whether it was configured for this name. Otherwise it is the standard certificate.
        ///   - end: when it expires; nil if that is unknown.
        case configured(isOwn: Bool, end: Timestamp?)
    }

    /// An address of the server for proxies on the same machine, such as `127.0.0.1:8080`.
    public var address: String
    /// The JSON pointer of a page's declaration in the configuration, by slug, such as `/pages/0`; nil if it has none.
    public var pointer: @Sendable (String) -> String?
    /// The certificate for a host name.
    public var certificate: @Sendable (String) -> Certificate
    /// When a request last named a page's own domain, since the server started; nil if none did.
    public var lastRequest: @Sendable (String) -> Timestamp?
    /// The JSON of a page as the configuration would declare it.
    public var export: @Sendable (PageDeclaration) throws -> String

    public init(
        address: String = "127.0.0.1:8080",
        pointer: @escaping @Sendable (String) -> String? = { _ in nil },
        certificate: @escaping @Sendable (String) -> Certificate = { _ in .none },
        lastRequest: @escaping @Sendable (String) -> Timestamp? = { _ in nil },
        export: @escaping @Sendable (PageDeclaration) throws -> String = { _ in "" }
    ) {
        self.address = address
        self.pointer = pointer
        self.certificate = certificate
        self.lastRequest = lastRequest
        self.export = export
    }
}
