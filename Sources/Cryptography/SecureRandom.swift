import COpenSSL

/// Random bytes for secrets, from OpenSSL's generator, which the system seeds.
public enum SecureRandom {
    /// The system could not provide randomness. Nothing secret may be made then.
    public struct Unavailable: Error {}

    public static func bytes(_ count: Int) throws(Unavailable) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard RAND_bytes(&bytes, Int32(count)) == 1 else { throw Unavailable() }
        return bytes
    }
}
