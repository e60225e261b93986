public import Cryptography

/// The stored form of a password: a hash by scrypt, in the PHC string format.
public struct PasswordHash: Equatable, Sendable {
    /// The parameters of new hashes (OWASP ASVS 5.0, appendix C). A computation takes 32 MiB.
    public static let parameters = Scrypt(logN: 15, r: 8, p: 3)
    private static let saltLength = 16
    private static let hashLength = 32

    private let parameters: Scrypt
    private let salt: [UInt8]
    private let hash: [UInt8]

    /// A hash that no password matches. Comparing with it takes as long as with any other, so the response time does
    /// not reveal which users exist.
    public static let decoy = PasswordHash(
        parameters: parameters, salt: [UInt8](repeating: 0, count: saltLength),
        hash: [UInt8](repeating: 0, count: hashLength))

    /// Takes about 0.25 s of processor time.
    /// - Throws: `SecureRandom.Unavailable`, or `Scrypt.Failed`.
    public static func make(_ password: String) throws -> PasswordHash {
        let salt = try SecureRandom.bytes(saltLength)
        let hash = try parameters.hash(Array(password.utf8), salt: salt, count: hashLength)
        return PasswordHash(parameters: parameters, salt: salt, hash: hash)
    }

    private init(parameters: Scrypt, salt: [UInt8], hash: [UInt8]) {
        self.parameters = parameters
        self.salt = salt
        self.hash = hash
    }

    /// Reads `$scrypt$ln=15,r=8,p=3$SALT$HASH`.
    /// - Returns: nil for any other text.
    public init?(phc: String) {
        let parts = phc.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt", let parameters = Self.parameters(parts[2]),
            let salt = Self.decode(parts[3]), let hash = Self.decode(parts[4]), salt.count >= 8, hash.count >= 16
        else { return nil }
        self.init(parameters: parameters, salt: salt, hash: hash)
    }

    public var phc: String {
        let parameters = "ln=\(parameters.logN),r=\(parameters.r),p=\(parameters.p)"
        return "$scrypt$\(parameters)$\(Self.encode(salt))$\(Self.encode(hash))"
    }

    /// Takes about 0.25 s of processor time.
    public func matches(_ password: String) -> Bool {
        guard let other = try? parameters.hash(Array(password.utf8), salt: salt, count: hash.count) else {
            return false
        }
        return HMAC.areEqual(hash, other)
    }

    /// Whether the hash was made with other parameters than new hashes.
    public var needsRehash: Bool { parameters != Self.parameters }

    private static func parameters(_ text: Substring) -> Scrypt? {
        let fields = text.split(separator: ",", omittingEmptySubsequences: false)
        let values = zip(fields, ["ln=", "r=", "p="]).compactMap { field, name in
            field.hasPrefix(name) ? Int(field.dropFirst(name.count)) : nil
        }
        guard fields.count == 3, values.count == 3 else { return nil }
        return Scrypt(logN: values[0], r: values[1], p: values[2])
    }

    /// The PHC format has the usual alphabet of base 64, without padding.
    private static func encode(_ bytes: [UInt8]) -> String {
        String(Base64URL.encode(bytes).map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
    }

    private static func decode(_ text: Substring) -> [UInt8]? {
        Base64URL.decode(String(text.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 }))
    }
}
