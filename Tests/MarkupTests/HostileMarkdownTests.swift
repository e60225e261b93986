import Testing

@testable import Markup

/// Texts that are made to break out of the markup, or to exhaust the server.
@Suite("Hostile Markdown")
struct HostileMarkdownTests {
    @Test(
        "Deep nesting is cut, and the text stays",
        arguments: [
            String(repeating: ">", count: 4_095) + "a", String(repeating: "- ", count: 2_047) + "a",
            String(repeating: "1. ", count: 1_365) + "a",
            String(repeating: "*", count: 2_047) + "a" + String(repeating: "*", count: 2_047),
            (0..<1_365).map { $0 % 2 == 0 ? "*" : "**" }.joined() + "a",
            String(repeating: "*a_", count: 1_000), String(repeating: "[", count: 4_095) + "a",
            String(repeating: "![", count: 1_023) + "a" + String(repeating: "](https://b.example)", count: 102),
            String(repeating: "[a](", count: 1_023), String(repeating: "`a", count: 2_047),
            String(repeating: "<a", count: 2_047), String(repeating: "http://a", count: 512),
            "https://a" + String(repeating: ")", count: 4_000), String(repeating: "xhttp://", count: 512) + "a",
            String(repeating: "> - ", count: 1_023) + "a",
        ])
    func nesting(_ source: String) {
        let html = Markdown(source).html.text
        expectAllowed(html)
        #expect(html.contains("a"))
        #expect(Markdown(source).plainText.contains("a"))
    }

    @Test("4,096 emoji stay unchanged")
    func emoji() {
        let source = String(repeating: "👩🏽‍🚒", count: 1_024)
        #expect(Markdown(source).html.text == "<p>\(source)</p>")
        #expect(Markdown(source).plainText == source)
    }

    @Test("Lists that are nested too deeply become paragraphs")
    func deepList() {
        let source = (0..<18).map { String(repeating: "  ", count: $0) + "- \($0)" }.joined(separator: "\n")
        #expect(Markdown(source).html.text.contains("<li>15<p>16</p><p>17</p></li>"))
    }

    @Test("Random texts produce only the allowed elements, correctly nested", arguments: 0..<4)
    func random(_ seed: UInt64) {
        var generator = Numbers(state: seed)
        let parts = [
            "*", "**", "_", "`", "```", "[", "]", "(", ")", "!", "<", ">", "\"", "'", "&", "#", "-", "+", "1.", "\n",
            "\n\n", "    ", " ", "\\", "a", "&quot;", "&#60;", "&lt;script&gt;", "<script>", "</p>", "http://a.b/",
            "javascript:", "](", "](javascript:a)", "](https://a.b/\"c)", "\u{301}", "\u{202E}", "\u{1}", "\r\n",
            "[a]: https://b\n", "---", "===", "<!--", "]]>", "👩🏽‍🚒", "\u{FFFF}",
        ]
        for _ in 0..<100 {
            let source = (0..<60).map { _ in parts.randomElement(using: &generator) ?? "" }.joined()
            expectAllowed(Markdown(source).html.text)
            _ = Markdown(source).plainText
        }
    }
}

/// Checks that a text consists of the allowed elements and attributes, each closed in its place, and escaped text.
private func expectAllowed(_ html: String, sourceLocation: SourceLocation = #_sourceLocation) {
    var open: [Substring] = []
    var rest = html[...].unicodeScalars
    while let next = rest.popFirst() {
        #expect(next != ">" && next != "\"" && next.isDisplayable, sourceLocation: sourceLocation)
        guard next == "<" else { continue }
        guard let end = rest.firstIndex(of: ">") else {
            Issue.record("unfinished tag", sourceLocation: sourceLocation)
            return
        }
        let tag = Substring(rest[..<end])
        rest = rest[rest.index(after: end)...]
        if tag.hasPrefix("/") {
            #expect(open.popLast() == tag.dropFirst(), sourceLocation: sourceLocation)
        } else if tag.wholeMatch(of: /br|hr/) == nil {
            open.append(tag.prefix { $0 != " " })
            let allowed =
                #/
                (p|strong|em|code|pre|ul|ol|li|blockquote) | ol\ start="\d+"
                | a\ href="(?:https?://|mailto:|tel:)[!\#-%'-;=?-~]+(?:&(?:amp|\#39);[!\#-%'-;=?-~]*)*"
                    \ rel="nofollow\ noopener\ noreferrer\ ugc"
                /#
            #expect(tag.wholeMatch(of: allowed.ignoresCase()) != nil, "<\(tag)>", sourceLocation: sourceLocation)
        }
        #expect(open.count <= 40, sourceLocation: sourceLocation)
    }
    #expect(open.isEmpty, sourceLocation: sourceLocation)
}

/// The same numbers for the same seed (SplitMix64).
private struct Numbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
