public import Cryptography
public import StatusPages

/// One-time codes from an authenticator app (RFC 6238): SHA-1, 6 digits, a new code every 30 seconds.
public enum TOTP {
    /// RFC 4226 §4, R6.
    private static let secretLength = 20
    private static let period: Int64 = 30_000

    public static func generateSecret() throws(SecureRandom.Unavailable) -> [UInt8] {
        try SecureRandom.bytes(secretLength)
    }

    /// The step of a valid code. The codes of the previous and the next step are valid too, because clocks differ.
    /// - Parameters:
    ///   - code: as it was typed. White space in it is ignored.
    ///   - lastStep: the step of the last code that was used. Only codes of later steps are valid.
    /// - Returns: nil if the code is wrong or was used before.
    public static func step(
        of code: String, secret: [UInt8], at now: Timestamp, after lastStep: Int64?
    ) -> Int64? {
        let digits = code.unicodeScalars.filter { !$0.properties.isWhitespace }.map { String($0) }.joined()
        let present = now.milliseconds / period
        return (present - 1...present + 1).first { step in
            step > lastStep ?? .min && HMAC.areEqual(self.code(of: step, secret: secret).utf8, digits.utf8)
        }
    }

    /// The secret as people type it into an app.
    public static func base32(_ secret: [UInt8]) -> String { Base32.encode(secret) }

    /// The link that gives an app the secret. Apps also read it from a QR code.
    /// - Parameter issuer: the name of this server in the app.
    public static func address(secret: [UInt8], email: String, issuer: String) -> String {
        "otpauth://totp/\(escaped(issuer)):\(escaped(email))?secret=\(base32(secret))&issuer=\(escaped(issuer))"
            + "&algorithm=SHA1&digits=6&period=30"
    }

    /// RFC 4226 §5.3.
    static func code(of step: Int64, secret: [UInt8]) -> String {
        let counter = (0..<8).map { UInt8(truncatingIfNeeded: step >> (56 - 8 * $0)) }
        let hash = HMAC.sha1(counter, key: secret)
        let offset = Int(hash[hash.count - 1] & 15)
        let number = hash[offset..<offset + 4].reduce(0 as UInt32) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        let digits = String(number % 1_000_000)
        return String(repeating: "0", count: 6 - digits.utf8.count) + digits
    }

    /// Escapes all bytes that are not unreserved (RFC 3986 §2.3).
    private static func escaped(_ text: String) -> String {
        let unreserved = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
        return text.utf8.map { byte in
            if unreserved.contains(byte) { return String(UnicodeScalar(byte)) }
            return "%" + String(byte >> 4, radix: 16, uppercase: true) + String(byte & 15, radix: 16, uppercase: true)
        }.joined()
    }
}
