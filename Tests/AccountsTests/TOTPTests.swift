import StatusPages
import Testing

@testable import Accounts

@Suite("One-time codes")
struct TOTPTests {
    /// The vectors of RFC 6238, appendix B, for SHA-1. They have eight digits, of which we use the last six.
    @Test(
        "Codes are the ones in the RFC",
        arguments: [
            (59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (1_234_567_890, "005924"),
            (2_000_000_000, "279037"), (20_000_000_000, "353130"),
        ] as [(Int64, String)])
    func vectors(seconds: Int64, code: String) {
        #expect(TOTP.code(of: seconds / 30, secret: secret) == code)
        let now = Timestamp(milliseconds: seconds * 1_000)
        #expect(TOTP.step(of: code, secret: secret, at: now, after: nil) == seconds / 30)
    }

    @Test(
        "A clock may differ by one step",
        arguments: [(98, nil), (99, 100), (100, 100), (101, 100), (102, nil)] as [(Int64, Int64?)])
    func neighbours(step: Int64, expected: Int64?) {
        let code = TOTP.code(of: 100, secret: secret)
        for second in [0, 29_999] as [Int64] {
            let now = Timestamp(milliseconds: step * 30_000 + second)
            #expect(TOTP.step(of: code, secret: secret, at: now, after: nil) == expected)
        }
    }

    @Test(
        "A code works once, and earlier codes do not work after it",
        arguments: [(nil, 100), (99, 100), (100, nil), (101, nil)] as [(Int64?, Int64?)])
    func eachStepOnce(last: Int64?, expected: Int64?) {
        let code = TOTP.code(of: 100, secret: secret)
        let now = Timestamp(milliseconds: 100 * 30_000)
        #expect(TOTP.step(of: code, secret: secret, at: now, after: last) == expected)
    }

    @Test(
        "White space in a code does not matter",
        arguments: [("287 082", true), (" 287082\n", true), ("287083", false), ("28708", false), ("", false)])
    func typed(code: String, isRight: Bool) {
        let now = Timestamp(milliseconds: 59_000)
        #expect((TOTP.step(of: code, secret: secret, at: now, after: nil) != nil) == isRight)
    }

    @Test("The link for apps has the secret, the user and the server")
    func address() {
        let address = TOTP.address(secret: secret, email: "ann+ops@example.com", issuer: "Allclear status")
        #expect(
            address == "otpauth://totp/Allclear%20status:ann%2Bops%40example.com"
                + "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Allclear%20status&algorithm=SHA1&digits=6&period=30")
    }

    /// RFC 4648 §10, without padding.
    @Test(
        "Secrets are shown in base 32",
        arguments: [
            ("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ])
    func base32(text: String, encoded: String) { #expect(TOTP.base32(Array(text.utf8)) == encoded) }

    @Test("Secrets are random")
    func secrets() throws {
        let secrets = try (0..<3).map { _ in try TOTP.generateSecret() }
        #expect(Set(secrets).count == 3 && secrets.allSatisfy { $0.count == 20 })
    }

    private let secret = Array("12345678901234567890".utf8)
}
