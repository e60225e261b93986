import Testing

@testable import Markup

@Suite("Escaping")
struct HTMLTests {
    private static let escapes = ["&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;", "'": "&#39;"]
    /// Combining marks and joiners. With the character before, each is one `Character`.
    private static let marks = ["\u{301}", "\u{20DD}", "\u{200D}", "\u{FE0F}", "\u{338}", "\u{1F3FB}"]

    @Test("Markup is escaped, whatever follows it", arguments: escapes.keys)
    func followed(_ character: String) throws {
        let escape = try #require(Self.escapes[character])
        let ascii = (0..<128).map { String(Unicode.Scalar(UInt8($0))) }
        for next in ascii + Self.marks {
            let written = HTML(text: character + next).text
            #expect(written.unicodeScalars.elementsEqual((escape + HTML(text: next).text).unicodeScalars))
            #expect(
                HTML(text: next + character).text.unicodeScalars.reversed().starts(
                    with: escape.unicodeScalars.reversed()))
        }
    }

    @Test("Control characters and noncharacters are replaced, and nothing else")
    func undisplayable() {
        let replaced = Set(
            [0...0x08, 0x0B...0x0C, 0x0E...0x1F, 0x7F...0x9F, 0xFDD0...0xFDEF].flatMap(Array.init)
                + (0...16).flatMap { [$0 << 16 | 0xFFFE, $0 << 16 | 0xFFFF] })
        let near =
            replaced.flatMap { [$0 - 1, $0, $0 + 1] } + [0x7FF, 0x800, 0xFFFD, 0x10000, 0x1F600, 0x202E, 0xE000]
        for value in Set(near) {
            guard value >= 0, let scalar = Unicode.Scalar(UInt32(value)), Self.escapes[String(scalar)] == nil else {
                continue
            }
            let expected = replaced.contains(value) ? "a\u{FFFD}b" : "a\(scalar)b"
            #expect(Array(HTML(text: "a\(scalar)b").bytes) == Array(expected.utf8), "U+\(String(value, radix: 16))")
        }
    }

    @Test("Interpolated strings are escaped; literals, numbers and markup are not")
    func interpolation() {
        let name = "<b> & \"c\""
        let inner: HTML = "<i>\(name)</i>"
        let outer: HTML = "<p title=\"\(name)\">\(inner)\(7)\([inner, "<hr>"])</p>"
        let escaped = "&lt;b&gt; &amp; &quot;c&quot;"
        #expect(outer.text == "<p title=\"\(escaped)\"><i>\(escaped)</i>7<i>\(escaped)</i><hr></p>")
    }

    @Test(
        "Only addresses with a safe scheme are written",
        arguments: [
            ("https://a.example/b?c=d&e=%20f#g", "https://a.example/b?c=d&amp;e=%20f#g"),
            ("HTTP://[::1]:80/", "HTTP://[::1]:80/"), ("mailto:a@b.example", "mailto:a@b.example"),
            ("tel:+49-30", "tel:+49-30"), ("https://a/\"<>'\\^`{|}", "https://a/%22%3C%3E&#39;%5C%5E%60%7B%7C%7D"),
            ("https://ü.example/\u{202E}\n\u{1}", "https://%C3%BC.example/%E2%80%AE%0A%01"),
            ("javascript:alert(1)", "about:invalid"), ("JaVaScRiPt:alert(1)", "about:invalid"),
            ("java\tscript:alert(1)", "about:invalid"), (" https://a", "about:invalid"),
            ("\u{1}https://a", "about:invalid"), ("data:text/html,x", "about:invalid"),
            ("vbscript:x", "about:invalid"), ("//a.example", "about:invalid"), ("/a", "about:invalid"),
            ("https:/a", "about:invalid"), ("https:a", "about:invalid"), ("https://", "about:invalid"),
            ("http\u{301}://a", "about:invalid"), ("", "about:invalid"),
        ])
    func address(_ address: String, _ written: String) {
        #expect(("\(url: address)" as HTML).text == written)
    }
}
