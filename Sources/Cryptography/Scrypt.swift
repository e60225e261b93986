import COpenSSL

/// scrypt (RFC 7914), computed by OpenSSL: a hash for passwords that costs time and memory.
public struct Scrypt: Equatable, Sendable {
    /// OpenSSL refused the parameters, or the memory was not available.
    public struct Failed: Error {}

    /// The binary logarithm of N, the cost factor for time and memory.
    public let logN: Int
    /// The size of a block, in 128 bytes.
    public let r: Int
    /// How many times the whole computation runs.
    public let p: Int

    public init(logN: Int, r: Int, p: Int) {
        self.logN = logN
        self.r = r
        self.p = p
    }

    /// The memory that a computation takes, in bytes.
    private var memory: Int { 128 * r * (1 << logN) }

    /// - Parameter count: the length of the hash, in bytes.
    public func hash(_ password: [UInt8], salt: [UInt8], count: Int) throws(Failed) -> [UInt8] {
        guard (1...20).contains(logN), (1...32).contains(r), (1...16).contains(p) else { throw Failed() }
        var hash = [UInt8](repeating: 0, count: count)
        // OpenSSL counts a few small buffers as well, so it may use a mebibyte more.
        let isDone = password.withUnsafeBytes { password in
            EVP_PBE_scrypt(
                password.bindMemory(to: CChar.self).baseAddress, password.count, salt, salt.count, UInt64(1) << logN,
                UInt64(r), UInt64(p), UInt64(memory + 0x10_0000), &hash, count)
        }
        guard isDone == 1 else { throw Failed() }
        return hash
    }
}
