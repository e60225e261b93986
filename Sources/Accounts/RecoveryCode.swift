public import Cryptography

/// Codes that replace the second factor once each, for users who lost it. The database stores only their hashes.
public enum RecoveryCode {
    /// How many codes a user gets at once.
    public static let count = 10
    /// In bytes: 120 bits.
    private static let length = 15
    private static let characters = 24

    /// Ten codes, each in groups of four characters, and their hashes in the same order.
    public static func generate() throws(SecureRandom.Unavailable) -> (codes: [String], hashes: [[UInt8]]) {
        var (codes, hashes): ([String], [[UInt8]]) = ([], [])
        for _ in 0..<count {
            let code = Base32.encode(try SecureRandom.bytes(length))
            codes.append(grouped(code))
            hashes.append(SHA256.hash(Array(code.utf8)))
        }
        return (codes, hashes)
    }

    /// The hash of a typed code. Case, spaces and hyphens do not matter. The digits 0, 1 and 8, which codes do not
    /// contain, are read as the letters O, I and B.
    /// - Returns: nil for text that does not have the form of a code.
    public static func hash(_ typed: String) -> [UInt8]? {
        let code = typed.utf8.compactMap { byte -> UInt8? in
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"): nil
            case UInt8(ascii: "0"): UInt8(ascii: "O")
            case UInt8(ascii: "1"): UInt8(ascii: "I")
            case UInt8(ascii: "8"): UInt8(ascii: "B")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - 32
            default: byte
            }
        }
        guard code.count == characters, code.allSatisfy(Base32.digits.contains) else { return nil }
        return SHA256.hash(code)
    }

    private static func grouped(_ code: String) -> String {
        let bytes = Array(code.utf8)
        return stride(from: 0, to: bytes.count, by: 4).map { start in
            String(decoding: bytes[start..<min(start + 4, bytes.count)], as: UTF8.self)
        }.joined(separator: "-")
    }
}
