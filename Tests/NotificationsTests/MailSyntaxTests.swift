import Foundation
import StatusPages
import TestSupport
import Testing

@testable import Notifications

@Suite("The syntax of emails")
struct MailSyntaxTests {
    @Test(
        "Fields with text",
        arguments: [
            ("Logins fail", "S: Logins fail\r\n"),
            ("a\r\nBcc: eve@example.org", "S: =?UTF-8?B?YSAgQmNjOiBldmVAZXhhbXBsZS5vcmc=?=\r\n"),
            ("a\tb", "S: a b\r\n"), ("a\u{85}b\u{2028}c", "S: a b c\r\n"),
            ("Störung", "S: =?UTF-8?B?U3TDtnJ1bmc=?=\r\n"),
            ("=?utf-8?q?fake?=", "S: =?UTF-8?B?PT91dGYtOD9xP2Zha2U/PQ==?=\r\n"),
            ("a = b?", "S: a = b?\r\n"), (" a", "S: =?UTF-8?B?IGE=?=\r\n"), ("a ", "S: =?UTF-8?B?YSA=?=\r\n"),
            (
                "The quick brown fox jumps over the lazy dog and then runs away from the 3 bears",
                "S: The quick brown fox jumps over the lazy dog and then runs away from the 3\r\n bears\r\n"
            ),
            (
                "ö" + String(repeating: "x", count: 38),
                "S: =?UTF-8?B?w7Z4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4?=\r\n =?UTF-8?B?eA==?=\r\n"
            ),
        ])
    func text(text: String, expected: String) { #expect(HeaderField("S", text: text).lines == expected) }

    @Test(
        "Fields with mailboxes",
        arguments: [
            ("a@example.org", "From: a@example.org\r\n"),
            ("Acme Status <a@example.org>", "From: Acme Status <a@example.org>\r\n"),
            ("Acme, Inc. <a@example.org>", "From: \"Acme, Inc.\" <a@example.org>\r\n"),
            (#"A "B" \ C <a@example.org>"#, #"From: "A \"B\" \\ C" <a@example.org>"# + "\r\n"),
            ("Über <a@example.org>", "From: =?UTF-8?B?w5xiZXI=?= <a@example.org>\r\n"),
        ])
    func mailbox(text: String, expected: String) throws {
        #expect(HeaderField("From", try #require(Mailbox(text))).lines == expected)
    }

    @Test("No text in a field can break an email", arguments: 0..<200)
    func anyText(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array("ab  =?.<>\"\\,\r\n\t\0é漢🔥\u{301}".unicodeScalars)
        let scalars = (0..<Int.random(in: 0...200, using: &random)).map { _ in alphabet.randomElement(using: &random)! }
        let text = String(String.UnicodeScalarView(scalars))
        for field in [HeaderField("Subject", text: text), HeaderField("List-Id", text, angled: "a.example")] {
            #expect(field.lines.hasSuffix("\r\n"))
            for line in field.lines.dropLast().components(separatedBy: "\r\n") {
                #expect(line.utf8.count <= 78 && line.utf8.allSatisfy { (0x20...0x7E).contains($0) })
                #expect(
                    line.hasPrefix(field.name + ":")
                        || line.hasPrefix(
                            " ="
                        ) || line.drop { $0 == " " }.count > 0)
            }
        }
    }

    @Test(
        "Quoted-printable",
        arguments: [
            ("", ""), ("a", "a\r\n"), ("a\nb\r\nc\rd\n", "a\r\nb\r\nc\r\nd\r\n"), ("a=b", "a=3Db\r\n"),
            ("é🔥", "=C3=A9=F0=9F=94=A5\r\n"), ("-- \nx", "--=20\r\nx\r\n"), ("x\t", "x=09\r\n"),
            (".\n..", "=2E\r\n=2E.\r\n"), ("From me\nFromage", "=46rom me\r\nFromage\r\n"), ("\0\u{7F}", "=00=7F\r\n"),
            (String(repeating: "a", count: 76), String(repeating: "a", count: 76) + "\r\n"),
            (String(repeating: "a", count: 77), String(repeating: "a", count: 75) + "=\r\naa\r\n"),
            (String(repeating: "a", count: 75) + ".b", String(repeating: "a", count: 75) + "=\r\n=2Eb\r\n"),
            (String(repeating: "a", count: 73) + "éb", String(repeating: "a", count: 73) + "=\r\n=C3=A9b\r\n"),
        ])
    func quotedPrintable(text: String, expected: String) {
        #expect(String(decoding: QuotedPrintable.encode(text), as: UTF8.self) == expected)
    }

    @Test("Quoted-printable keeps every text", arguments: 0..<200)
    func roundTrip(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array("ab .=F\t\né漢🔥\0".unicodeScalars)
        let scalars = (0..<Int.random(in: 0...400, using: &random)).map { _ in alphabet.randomElement(using: &random)! }
        let text = String(String.UnicodeScalarView(scalars))
        let encoded = String(decoding: QuotedPrintable.encode(text), as: UTF8.self)
        let lines = encoded.components(separatedBy: "\r\n")
        #expect(lines.allSatisfy { $0.utf8.count <= 76 && !$0.hasPrefix(".") })
        #expect(lines.allSatisfy { !$0.hasSuffix(" ") && !$0.hasSuffix("\t") })
        #expect(decode(encoded) == Array((text.hasSuffix("\n") ? text : text + "\n").utf8))
    }

    private func decode(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Array(text.replacing("=\r\n", with: "").replacing("\r\n", with: "\n").utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "=") {
                bytes.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }

    @Test(
        "Times",
        arguments: [
            (1_795_211_314_567, "20 Nov 2026, 21:48 UTC", "Fri, 20 Nov 2026 21:48:34 +0000"),
            (0, "1 Jan 1970, 00:00 UTC", "Thu, 1 Jan 1970 00:00:00 +0000"),
            (-1, "31 Dec 1969, 23:59 UTC", "Wed, 31 Dec 1969 23:59:59 +0000"),
            (1_709_164_800_000, "29 Feb 2024, 00:00 UTC", "Thu, 29 Feb 2024 00:00:00 +0000"),
        ] as [(Int64, String, String)])
    func times(milliseconds: Int64, words: String, field: String) {
        let time = Timestamp(milliseconds: milliseconds)
        #expect(time.inWords == words)
        #expect(time.mailDate == field)
    }
}
