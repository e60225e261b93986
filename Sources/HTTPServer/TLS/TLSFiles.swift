/// The files that a server proves with who it is, both in PEM form.
public struct TLSFiles: Hashable, Sendable {
    /// The path of the certificate, with the certificates of its issuers behind it.
    public var certificate: String
    /// The path of its private key, without a passphrase.
    public var key: String

    public init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}

/// Why files cannot be used for TLS.
public struct TLSProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path of the file that is wrong.
    public let file: String
    public let message: String

    init(_ file: String, _ message: String) {
        self.file = file
        self.message = message
    }

    public var description: String { "\(file) \(message)" }
}
