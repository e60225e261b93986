/// The files that prove a server's identity, both in PEM form.
public struct TLSFiles: Hashable, Sendable {
    /// The path of the certificate, followed in the same file by its issuers' certificates.
    public var certificate: String
    /// The path of the private key, which must have no passphrase.
    public var key: String

    public init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}

/// Why the files of a context cannot be used.
public struct TLSProblems: Error, Hashable, Sendable, CustomStringConvertible {
    public internal(set) var standard: TLSProblem?
    /// The problems by domain.
    public internal(set) var byDomain: [String: TLSProblem] = [:]

    public var description: String {
        ([standard].compactMap(\.self) + byDomain.sorted { $0.key < $1.key }.map(\.value))
            .map(\.description).joined(separator: "; ")
    }
}

/// Why a pair of TLS files cannot be used.
public struct TLSProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path of the invalid file.
    public let file: String
    public let message: String

    init(_ file: String, _ message: String) {
        self.file = file
        self.message = message
    }

    public var description: String { "\(file) \(message)" }
}
