import Testing

@testable import Markup

/// The start of a link, as messages may contain it.
private func anchor(_ address: String) -> String { "<a href=\"\(address)\" rel=\"nofollow noopener noreferrer ugc\">" }

@Suite("Markdown")
struct MarkdownTests {
    @Test(
        "Markdown becomes HTML",
        arguments: [
            ("", ""), ("One", "<p>One</p>"), ("One\n\nTwo", "<p>One</p><p>Two</p>"),
            ("one\ntwo  \nthree\\\nfour", "<p>one<br>two<br>three<br>four</p>"),
            ("**a** _b_ `c<d`", "<p><strong>a</strong> <em>b</em> <code>c&lt;d</code></p>"),
            ("# Big *one*\ntext", "<p><strong>Big <em>one</em></strong></p><p>text</p>"),
            ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
            ("- a\n\n- b", "<ul><li><p>a</p></li><li><p>b</p></li></ul>"),
            ("- a\n  - b", "<ul><li>a<ul><li>b</li></ul></li></ul>"),
            ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"), ("7) a", "<ol start=\"7\"><li>a</li></ol>"),
            ("0. a", "<ol start=\"0\"><li>a</li></ol>"),
            ("> a\n> b", "<blockquote><p>a<br>b</p></blockquote>"), ("a\n\n***", "<p>a</p><hr>"),
            ("```sh\na && b\n```", "<pre><code>a &amp;&amp; b\n</code></pre>"),
            ("    a", "<pre><code>a\n</code></pre>"), ("&lt;b&gt; &quot;", "<p>&lt;b&gt; &quot;</p>"),
            ("a & b < c", "<p>a &amp; b &lt; c</p>"), ("\\*a\\*", "<p>*a*</p>"),
            ("]]>", "<p>]]&gt;</p>"), ("a\u{1}b\u{9F}c\u{FFFF}", "<p>a\u{FFFD}b\u{FFFD}c\u{FFFD}</p>"),
            ("&#1;&#x9f;&#0;", "<p>\u{FFFD}\u{FFFD}\u{FFFD}</p>"), ("\u{202E}abc", "<p>\u{202E}abc</p>"),
        ])
    func html(_ source: String, _ html: String) { #expect(Markdown(source).html.text == html) }

    @Test(
        "Raw HTML is shown as text",
        arguments: [
            ("a <b>c</b>", "<p>a &lt;b&gt;c&lt;/b&gt;</p>"),
            ("<script>\nalert(1)\n</script>", "<p>&lt;script&gt;<br>alert(1)<br>&lt;/script&gt;</p>"),
            ("<div>\r\nx\r\n</div>", "<p>&lt;div&gt;<br>x<br>&lt;/div&gt;</p>"),
            ("a <!-- b -->", "<p>a &lt;!-- b --&gt;</p>"), ("<![CDATA[a]]>", "<p>&lt;![CDATA[a]]&gt;</p>"),
            ("<img src=x onerror=alert(1)>", "<p>&lt;img src=x onerror=alert(1)&gt;</p>"),
            ("a\"\u{301}<b\u{301}>", "<p>a&quot;\u{301}&lt;b\u{301}&gt;</p>"),
        ])
    func rawHTML(_ source: String, _ html: String) { #expect(Markdown(source).html.text == html) }

    @Test(
        "Links and images",
        arguments: [
            ("[a](https://b.example)", "<p>\(anchor("https://b.example"))a</a></p>"),
            ("[a](https://b.example 'title')", "<p>\(anchor("https://b.example"))a</a></p>"),
            ("[](https://b.example)", "<p>\(anchor("https://b.example"))https://b.example</a></p>"),
            ("<mailto:a@b.example>", "<p>\(anchor("mailto:a@b.example"))mailto:a@b.example</a></p>"),
            ("<a@b.example>", "<p>\(anchor("mailto:a@b.example"))a@b.example</a></p>"),
            ("[call](tel:+4930)", "<p>\(anchor("tel:+4930"))call</a></p>"),
            ("![a *b*](https://c.example)", "<p>\(anchor("https://c.example"))a b</a></p>"),
            ("![](https://c.example)", "<p>\(anchor("https://c.example"))https://c.example</a></p>"),
            ("![a](data:image/png;base64,xx)", "<p>a</p>"),
            ("[![a](https://b.example)](https://c.example)", "<p>\(anchor("https://c.example"))a</a></p>"),
            ("![a [b](https://c.example)](https://d.example)", "<p>\(anchor("https://d.example"))a b</a></p>"),
            ("[**a**][r]\n\n[r]: https://b.example", "<p>\(anchor("https://b.example"))<strong>a</strong></a></p>"),
            ("[a](javascript:alert(1))", "<p>a</p>"), ("[*a*](JAVASCRIPT:x)", "<p><em>a</em></p>"),
            ("[a](javascript&colon;x)", "<p>a</p>"), ("[a](&#x6A;avascript:x)", "<p>a</p>"),
            ("[a](java&Tab;script:x)", "<p>a</p>"), ("[a](<java\tscript:x>)", "<p>a</p>"),
            ("[a](&#1;https://b.example)", "<p>a</p>"), ("[a](data:text/html;base64,PHM+)", "<p>a</p>"),
            ("[a](vbscript:x)", "<p>a</p>"), ("[a](/b)", "<p>a</p>"), ("[a](//b.example)", "<p>a</p>"),
            ("<javascript:alert(1)>", "<p>javascript:alert(1)</p>"),
            ("[a](https://b.example/\"onclick=\"x)", "<p>\(anchor("https://b.example/%22onclick=%22x"))a</a></p>"),
            ("[a](https://b.example/?c=d&amp;e)", "<p>\(anchor("https://b.example/?c=d&amp;e"))a</a></p>"),
            ("[x](javascript:y) https://b.example", "<p>x \(anchor("https://b.example"))https://b.example</a></p>"),
        ])
    func links(_ source: String, _ html: String) { #expect(Markdown(source).html.text == html) }

    @Test(
        "Addresses in the text become links",
        arguments: [
            ("https://a.example", "https://a.example", "", ""),
            ("see https://a.example/b_c_d?e=f.", "https://a.example/b_c_d?e=f", "see ", "."),
            ("(http://a.example/b)", "http://a.example/b", "(", ")"),
            ("http://a.example/b_(c)", "http://a.example/b_(c)", "", ""),
            ("HTTPS://A.example!?", "HTTPS://A.example", "", "!?"),
            ("»http://1.2.3.4:80/x«", "http://1.2.3.4:80/x%C2%AB", "»", ""),
            ("http://a.example/\u{A0}b", "http://a.example/", "", "\u{A0}b"),
        ])
    func bare(_ source: String, _ address: String, _ before: String, _ after: String) {
        let shown = address.replacing("%C2%AB", with: "«")
        #expect(Markdown(source).html.text == "<p>\(before)\(anchor(address))\(shown)</a>\(after)</p>")
    }

    @Test(
        "Other texts do not become links",
        arguments: [
            "xhttp://a.example", "1http://a.example", "http://", "https:// a", "http://.a", "ftp://a.example",
            "www.a.example", "a@b.example", "javascript://a", "`https://a.example`", "http:/a", "hhttps",
        ])
    func notBare(_ source: String) { #expect(!Markdown(source).html.text.contains("<a ")) }

    @Test("Two addresses in a text are two links")
    func several() {
        let text = Markdown("http://a.example, http://b.example and h").html.text
        let (first, second) = (anchor("http://a.example"), anchor("http://b.example"))
        #expect(text == "<p>\(first)http://a.example</a>, \(second)http://b.example</a> and h</p>")
    }

    @Test(
        "The first paragraph can be separated from the rest",
        arguments: [
            ("a *b*\n\nc", "a <em>b</em>", "<p>c</p>"), ("# a\n- b", "<strong>a</strong>", "<ul><li>b</li></ul>"),
            ("- a\n\nb", nil, "<ul><li>a</li></ul><p>b</p>"), ("> a", nil, "<blockquote><p>a</p></blockquote>"),
            ("", nil, ""), ("<div>", "&lt;div&gt;", ""), ("***\na", nil, "<hr><p>a</p>"),
        ])
    func opening(_ source: String, _ opening: String?, _ rest: String) {
        let parts = Markdown(source).parts
        #expect(parts.opening?.text == opening)
        #expect(parts.rest.text == rest)
    }

    @Test(
        "Markdown becomes plain text",
        arguments: [
            ("", ""), ("a *b* **c** `d`\ne", "a b c d\ne"), ("a\n\n\n\nb", "a\n\nb"), ("# a\nb", "a\n\nb"),
            ("- a\n- b\n\nc", "- a\n- b\n\nc"), ("3. a\n4. b", "3. a\n4. b"), ("- a\n  - b\n- c", "- a\n  - b\n- c"),
            ("- a\n\n  b\n\n- c", "- a\n\nb\n\n- c"), ("> a\n\nb", "a\n\nb"), ("a\n\n---\n\nb", "a\n\n---\n\nb"),
            ("```\na\nb\n```\nc", "a\nb\n\nc"), ("[a](https://b.example)", "a (https://b.example)"),
            ("<https://b.example>", "https://b.example"), ("<a@b.example>", "a@b.example"),
            ("[](https://b.example)", "https://b.example"), ("[a](javascript:x)", "a"),
            ("![a](https://b.example)", "a (https://b.example)"), ("![](https://b.example)", "https://b.example"),
            ("a <b>c</b> &amp;", "a <b>c</b> &"), ("<div>\na\n</div>\n\nb", "<div>\na\n</div>\n\nb"),
        ])
    func plainText(_ source: String, _ text: String) { #expect(Markdown(source).plainText == text) }
}
