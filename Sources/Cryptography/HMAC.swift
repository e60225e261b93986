import COpenSSL

/// HMAC-SHA256 (RFC 2104), computed by OpenSSL.
public enum HMAC {
    /// The 32 bytes of the code.
    public static func sha256(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        var count = UInt32(code.count)
        _ = COpenSSL.HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, &code, &count)
        return code
    }

    /// Whether two codes are equal, in a time that does not depend on where they differ.
    public static func areEqual(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(0 as UInt8) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
