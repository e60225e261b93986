import Cryptography
import Testing

@testable import Accounts

@Suite("Hashes of passwords")
struct PasswordHashTests {
    /// RFC 7914 §12.
    @Test(
        "scrypt gives the values of the RFC",
        arguments: [
            ("", "", Scrypt(logN: 4, r: 1, p: 1), "77d6576238657b203b19ca42c18a0497"),
            ("password", "NaCl", Scrypt(logN: 10, r: 8, p: 16), "fdbabe1c9d3472007856e7190d01e9fe"),
            (
                "pleaseletmein", "SodiumChloride", Scrypt(logN: 14, r: 8, p: 1),
                "7023bdcb3afd7348461c06cd81fd38eb"
            ),
        ])
    func vectors(password: String, salt: String, parameters: Scrypt, start: String) throws {
        let hash = try parameters.hash(Array(password.utf8), salt: Array(salt.utf8), count: 64)
        let digits = hash.prefix(16).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        #expect(hash.count == 64 && digits == start)
    }

    @Test("Parameters that cost too much are rejected", arguments: [(0, 8, 1), (21, 8, 1), (14, 33, 1), (14, 8, 17)])
    func limits(logN: Int, r: Int, p: Int) {
        #expect(throws: Scrypt.Failed.self) { try Scrypt(logN: logN, r: r, p: p).hash([1], salt: [2], count: 32) }
    }

    @Test("A stored hash matches its password only, exactly as it was sent")
    func matching() throws {
        let made = try PasswordHash.make("Caf\u{E9} au lait, 2 cups")
        #expect(made.phc.hasPrefix("$scrypt$ln=15,r=8,p=3$"))
        let read = try #require(PasswordHash(phc: made.phc))
        #expect(read == made && read.phc == made.phc && !read.needsRehash)
        #expect(read.matches("Caf\u{E9} au lait, 2 cups"))
        for other in ["Cafe\u{301} au lait, 2 cups", "Caf\u{E9} au lait, 2 cups ", "caf\u{E9} au lait, 2 cups", ""] {
            #expect(!read.matches(other))
        }
    }

    @Test("Equal passwords have different hashes")
    func salts() throws {
        #expect(try PasswordHash.make("correct horse battery") != PasswordHash.make("correct horse battery"))
    }

    @Test("A hash with other parameters still matches, but must be replaced")
    func outdated() throws {
        let salt = [UInt8](repeating: 0xFF, count: 16)
        let hash = try Scrypt(logN: 4, r: 8, p: 1).hash(Array("correct horse".utf8), salt: salt, count: 32)
        let encoded = [salt, hash].map { bytes in
            String(Base64URL.encode(bytes).map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
        }
        let read = try #require(PasswordHash(phc: "$scrypt$ln=4,r=8,p=1$\(encoded[0])$\(encoded[1])"))
        #expect(read.matches("correct horse") && !read.matches("correct horses") && read.needsRehash)
    }

    @Test("The decoy matches nothing, and costs as much as a new hash", arguments: ["", "correct horse battery"])
    func decoy(password: String) {
        #expect(!PasswordHash.decoy.matches(password) && !PasswordHash.decoy.needsRehash)
    }

    @Test(
        "Other texts are not hashes",
        arguments: [
            "", "secret", "$argon2id$ln=15,r=8,p=3$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
            "$scrypt$ln=15,r=8$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
            "$scrypt$r=8,ln=15,p=3$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
            "$scrypt$ln=15,r=8,p=3$$AAAAAAAAAAAAAAAAAAAAAA", "$scrypt$ln=15,r=8,p=3$AAAAAAAAAAAAAAAAAAAAAA$",
            "$scrypt$ln=15,r=8,p=3$AAAAAAAAAAAAAAAAAAAAAA$A*AAAAAAAAAAAAAAAAAAAA",
        ])
    func malformed(text: String) { #expect(PasswordHash(phc: text) == nil) }
}
