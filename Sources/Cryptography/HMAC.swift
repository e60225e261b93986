import COpenSSL

/// HMAC (RFC 2104), computed by OpenSSL.
public enum HMAC {
    /// The 32 bytes of the code with SHA-256.
    public static func sha256(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        code(EVP_sha256(), length: SHA256_DIGEST_LENGTH, message, key)
    }

    /// The 20 bytes of the code with SHA-1. Only one-time codes (RFC 6238) use it, because apps for them support no
    /// other.
    public static func sha1(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        code(EVP_sha1(), length: SHA_DIGEST_LENGTH, message, key)
    }

    private static func code(_ digest: OpaquePointer?, length: Int32, _ message: [UInt8], _ key: [UInt8]) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: Int(length))
        var count = UInt32(code.count)
        _ = COpenSSL.HMAC(digest, key, Int32(key.count), message, message.count, &code, &count)
        return code
    }

    /// Whether two codes are equal, in a time that does not depend on where they differ.
    public static func areEqual(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(0 as UInt8) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
