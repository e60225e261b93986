import Cryptography
import Testing

@testable import Accounts

@Suite("Secrets of sessions, links and recovery")
struct SecretTests {
    @Test("Tokens are 43 random characters, and are read back")
    func tokens() throws {
        let tokens = try (0..<3).map { _ in try SecretToken.generate() }
        #expect(Set(tokens.map(\.text)).count == 3)
        for token in tokens {
            #expect(token.text.utf8.count == 43)
            #expect(SecretToken(token.text)?.hash == token.hash)
            #expect(token.hash == SHA256.hash(Array(token.text.utf8)))
        }
    }

    @Test(
        "Other texts are not tokens",
        arguments: [
            "", String(repeating: "A", count: 42), String(repeating: "A", count: 44), String(repeating: "+", count: 43),
            String(repeating: "A", count: 42) + "B", String(repeating: "A", count: 42) + "\u{301}",
        ])
    func otherTexts(text: String) { #expect(SecretToken(text) == nil) }

    @Test("There are ten recovery codes, each of 24 characters in groups")
    func recoveryCodes() throws {
        let (codes, hashes) = try RecoveryCode.generate()
        #expect(codes.count == 10 && Set(codes).count == 10 && Set(hashes).count == 10)
        for (code, hash) in zip(codes, hashes) {
            #expect(code.split(separator: "-").map(\.count) == [4, 4, 4, 4, 4, 4])
            #expect(RecoveryCode.hash(code) == hash)
        }
    }

    @Test(
        "A typed recovery code may differ in case, spaces, and letters that look like digits",
        arguments: [
            "OIB2-ABCD-EFGH-IJKL-MNOP-QRST", "oib2abcdefghijklmnopqrst", " 0182 abcd efgh ijkl mnop qrst\n",
        ])
    func typed(code: String) {
        #expect(RecoveryCode.hash(code) == SHA256.hash(Array("OIB2ABCDEFGHIJKLMNOPQRST".utf8)))
    }

    @Test(
        "Other texts are not recovery codes",
        arguments: [
            "", "OIB2-ABCD-EFGH-IJKL-MNOP-QRS", "OIB2-ABCD-EFGH-IJKL-MNOP-QRST-U", "OIB9-ABCD-EFGH-IJKL-MNOP-QRST",
        ])
    func otherCodes(code: String) { #expect(RecoveryCode.hash(code) == nil) }
}
