public import Cryptography

/// An API token: `allclear_`, 32 random characters, and 6 characters of checksum.
///
/// The prefix and the checksum let secret scanners find a leaked token, and distinguish it from a look-alike, without
/// asking the server. The database stores only the SHA-256 of a token. That is enough for a value this random: 62³² is
/// over 2¹⁹⁰.
public struct AccessToken: Sendable {
    private static let prefix = "allclear_"
    private static let randomLength = 32
    private static let checksumLength = 6
    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
    /// For each byte value, whether it is in the alphabet.
    private static let isOfAlphabet = (0...UInt8.max).map(alphabet.contains)

    public let text: String

    public static func generate() throws(SecureRandom.Unavailable) -> AccessToken {
        var characters: [UInt8] = []
        while characters.count < randomLength {
            // 248 is the largest multiple of 62 that fits in a byte. Larger bytes would favour some characters.
            characters += try SecureRandom.bytes(randomLength).filter { $0 < 248 }.map { alphabet[Int($0 % 62)] }
        }
        let secret = Array(prefix.utf8) + characters.prefix(randomLength)
        return AccessToken(text: String(decoding: secret + checksum(secret), as: UTF8.self))
    }

    /// Checks a token that a client sent. Returns nil unless the text has the shape and checksum of a token.
    public init?(_ text: String) {
        // Compare bytes: two Swift strings can be equal and still differ in bytes.
        let bytes = Array(text.utf8)
        let variable = bytes.dropFirst(Self.prefix.utf8.count)
        guard bytes.starts(with: Self.prefix.utf8), variable.count == Self.randomLength + Self.checksumLength,
            variable.allSatisfy({ Self.isOfAlphabet[Int($0)] }),
            bytes.suffix(Self.checksumLength).elementsEqual(Self.checksum(bytes.dropLast(Self.checksumLength)))
        else { return nil }
        self.text = text
    }

    private init(text: String) { self.text = text }

    /// The SHA-256 of the token's text, which is what the database stores.
    public var hash: [UInt8] { SHA256.hash(Array(text.utf8)) }

    /// The first 64 bits of the SHA-256, modulo 62⁶, written in the token's alphabet. The lowest digit comes first.
    private static func checksum(_ secret: some Sequence<UInt8>) -> [UInt8] {
        var number = SHA256.hash(Array(secret)).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        var characters: [UInt8] = []
        for _ in 0..<checksumLength {
            characters.append(alphabet[Int(number % 62)])
            number /= 62
        }
        return characters
    }
}
