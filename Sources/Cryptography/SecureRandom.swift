import COpenSSL

/// Random bytes for secrets, from OpenSSL's generator, which the system seeds.
public enum SecureRandom {
    /// The system could not provide random bytes. The caller must not create a secret.
    public struct Unavailable: Error {}

    public static func bytes(_ count: Int) throws(Unavailable) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard RAND_bytes(&bytes, Int32(count)) == 1 else { throw Unavailable() }
        return bytes
    }
}
