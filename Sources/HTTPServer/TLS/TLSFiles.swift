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

/// Why the files of a context cannot be used.
public struct TLSProblems: Error, Hashable, Sendable, CustomStringConvertible {
    public internal(set) var standard: TLSProblem?
    /// By the domains that they are for.
    public internal(set) var byDomain: [String: TLSProblem] = [:]

    public var description: String {
        ([standard].compactMap(\.self) + byDomain.sorted { $0.key < $1.key }.map(\.value))
            .map(\.description).joined(separator: "; ")
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
