import Testing

@testable import Accounts

@Suite("Rules for passwords")
struct PasswordRuleTests {
    private func problem(_ password: String) -> String? {
        PasswordRule.problem(
            password, email: "ann.miller@acme.example", name: "Ann Miller", pageNames: ["Acme Status", "Störungen"])
    }

    @Test(
        "Good passwords",
        arguments: [
            "correct horse battery", "xK3!vv9_Qz7pL", "ab12 cd34 ef", "päßwörter-überall", "49287461058372",
            "acme status seven", "qwerty and more", "abcabcabcabd", "allclear 4821377",
        ])
    func good(password: String) { #expect(problem(password) == nil) }

    @Test(
        "Passwords that are too short or too long",
        arguments: [
            ("", "at least 12 characters; got 0"), ("elevenchars", "at least 12 characters; got 11"),
            ("ééééééééééa", "got 11"), (String(repeating: "ab!", count: 342), "at most 1024 bytes; got 1026"),
        ])
    func length(password: String, part: String) { #expect(problem(password)?.contains(part) == true) }

    @Test("The longest password is valid")
    func longest() {
        let varied = (0..<341).map { String(UnicodeScalar(UInt8(33 + $0 * $0 % 90))) + "x." }.joined()
        #expect(problem(varied + "y") == nil && problem(varied + "yz") != nil)
    }

    @Test(
        "Repetitions", arguments: ["aaaaaaaaaaaa", "abcabcabcabc", "abcabcabcabca", "Horse1Horse1", "123456!123456!"])
    func repetitions(password: String) { #expect(problem(password)?.contains("repeated") == true) }

    @Test(
        "Rows of keys on a keyboard",
        arguments: [
            "qwertyuiop[]", "QWERTYUIOPasdf", "poiuytrewqlkj", "123456789012", "1234567890-=", "abcdefghijkl",
            "qwertzuiopasdf",
            "azertyuiopqsd", "zyxwvutsrqpo", "asdfghjklqwe",
        ])
    func rows(password: String) { #expect(problem(password)?.contains("keyboard") == true) }

    @Test(
        "Words that others can guess",
        arguments: [
            "annmilleracme", "Ann Miller 2026!", "password-acme", "AllClear-Status", "allclear12345", "StörungenAcme",
            "miller@acme.example", "passwordpassword2",
        ])
    func words(password: String) { #expect(problem(password)?.contains("words") == true) }
}
