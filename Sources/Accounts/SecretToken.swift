public import Cryptography

/// The secret of a session or of a link: 256 random bits. The database stores only its hash.
public struct SecretToken: Equatable, Sendable {
    private static let length = 32

    /// 43 characters of the URL-safe alphabet of base 64.
    public let text: String

    public static func generate() throws(SecureRandom.Unavailable) -> SecretToken {
        SecretToken(bytes: try SecureRandom.bytes(length))
    }

    private init(bytes: [UInt8]) { text = Base64URL.encode(bytes) }

    /// Checks a text that a client sent.
    /// - Returns: nil for text that does not have the form of a token.
    public init?(_ text: String) {
        guard text.utf8.count == 43, let bytes = Base64URL.decode(text), bytes.count == Self.length else { return nil }
        self.text = text
    }

    /// The SHA-256 of the text.
    public var hash: [UInt8] { SHA256.hash(Array(text.utf8)) }
}

/// A public name for a secret, derived from its hash. The name has enough digits to tell secrets apart, but too few to
/// look up the hash.
func shortName(of hash: [UInt8]) -> String {
    hash.prefix(8).map { byte in String(byte >> 4, radix: 16) + String(byte & 15, radix: 16) }.joined()
}
