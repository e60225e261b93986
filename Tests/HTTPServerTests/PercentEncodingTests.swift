import Testing

@testable import HTTPServer

@Suite("Percent-encoding")
struct PercentEncodingTests {
    @Test(
        "Encoded text is decoded",
        arguments: [
            ("", ""), ("plain", "plain"), ("a%20b", "a b"), ("%41%7a%7A", "Azz"), ("%c3%A4", "ä"), ("ä%21", "ä!"),
            ("%F0%9F%8E%89", "🎉"), ("%2525", "%25"), ("%00", "\0"), ("a+b", "a+b"), ("+%2B", "++"),
        ])
    func decoded(_ text: String, _ expected: String) {
        #expect(PercentEncoding.decode(text[...]) == expected)
    }

    @Test("A plus is a space in form encoding", arguments: [("a+b", "a b"), ("+", " "), ("%2B+", "+ ")])
    func plus(_ text: String, _ expected: String) {
        #expect(PercentEncoding.decode(text[...], plusIsSpace: true) == expected)
    }

    @Test(
        "Broken encoding and bytes that are not UTF-8 are rejected",
        arguments: [
            "%", "%4", "a%", "%4g", "%g4", "%%41", "% 41", "%+1", "%ff", "%c3", "%c3%28", "%ed%a0%80", "%c0%80",
        ])
    func refused(_ text: String) {
        #expect(PercentEncoding.decode(text[...]) == nil)
        #expect(PercentEncoding.decode(text[...], plusIsSpace: true) == nil)
    }

    @Test("Only the requested part is decoded")
    func substring() {
        let text = "%zz/a%2Fb/%zz"
        #expect(PercentEncoding.decode(text.dropFirst(4).dropLast(4)) == "a/b")
    }
}
