import Testing

@testable import StatusPages

@Suite("The settings of a page's site")
struct SiteSettingsTests {
    @Test(
        "A colour is # and six hexadecimal digits",
        arguments: [
            ("#000000", "#000000"), ("#0A62c9", "#0a62c9"), ("#00000f", "#00000f"), ("#fff", nil), ("0a62c9", nil),
            ("#0a62c", nil), ("#0a62c9f", nil), ("#+a62c9", nil), ("#0a62cg", nil), ("#0a62c\u{301}", nil), ("", nil),
            ("red", nil), ("#０a62c9", nil),
        ])
    func colours(text: String, description: String?) {
        #expect(Colour(text)?.description == description)
    }

    @Test(
        "Contrast is computed as in WCAG",
        arguments: [
            ("#000000", "#ffffff", 21.0), ("#ffffff", "#ffffff", 1), ("#777777", "#ffffff", 4.478),
            ("#767676", "#ffffff", 4.542), ("#0a62c9", "#ffffff", 5.828), ("#6cb0ff", "#0f141a", 8.184),
        ])
    func contrast(one: String, other: String, ratio: Double) throws {
        let (one, other) = (try #require(Colour(one)), try #require(Colour(other)))
        #expect(abs(one.contrast(with: other) - ratio) < 0.001)
        #expect(one.contrast(with: other) == other.contrast(with: one))
    }

    @Test(
        "Links lead only to http, https and mailto URLs",
        arguments: [
            ("https://example.com", true), ("http://example.com:8080/a?b=c#d", true), ("HTTPS://example.com/", true),
            ("https://[::1]/%20", true), ("mailto:help@example.com", true),
            ("mailto:help@example.com?subject=Status", true),
            ("javascript:alert(1)", false), ("data:text/html,x", false), ("ftp://example.com", false),
            ("//example.com", false), ("/help", false), ("https:example.com", false), ("https://", false),
            ("https:///path", false), ("https://:80", false), ("https://user@example.com", false), ("mailto:", false),
            ("mailto:help", false), ("mailto:@example.com", false), ("https://example.com/a b", false),
            ("https://example.com/\"", false), ("https://example.com/'<", false), ("https://example.com/%2", false),
            ("https://example.com/\n", false), ("https://exämple.com", false), (" https://example.com", false),
            ("https://example.com/\(String(repeating: "a", count: 2_028))", true),
            ("https://example.com/\(String(repeating: "a", count: 2_029))", false),
        ])
    func links(text: String, isAllowed: Bool) {
        #expect(LinkTarget(text)?.description == (isAllowed ? text : nil))
    }

    @Test(
        "An origin has a scheme, a host and perhaps a port",
        arguments: [
            ("https://www.example.com", "https://www.example.com"),
            ("HTTPS://WWW.Example.com", "https://www.example.com"),
            ("http://localhost:3000", "http://localhost:3000"), ("https://*.example.com", "https://*.example.com"),
            ("https://127.0.0.1", "https://127.0.0.1"),
            ("https://example.com/", nil), ("https://example.com;script-src *", nil), ("https://a b", nil), ("*", nil),
            ("https://*", nil), ("https://a.*.example.com", nil), ("https://", nil), ("example.com", nil),
            ("https://example.com:", nil), ("https://example.com:0", nil), ("https://example.com:65536", nil),
            ("https://example.com:+1", nil), ("https://-a.example.com", nil), ("https://a..example.com", nil),
            ("https://user@example.com", nil), ("ftp://example.com", nil), ("'self'", nil),
            ("https://exämple.com", nil),
        ])
    func origins(text: String, description: String?) {
        #expect(Origin(text)?.description == description)
    }

    @Test(
        "A picture's content decides its format",
        arguments: [
            ("\u{FEFF}<?xml version=\"1.0\"?>\n<!-- a > b -->\n<!DOCTYPE svg>\n<svg xmlns=\"x\">", Picture.Format.svg),
            ("<svg>", .svg), ("<svg\nwidth=\"1\">", .svg), ("RIFF\u{1}\u{2}\u{3}\u{4}WEBPVP8 ", .webp),
            ("<svgs>", nil), ("<html><svg>", nil), ("<!-- <svg>", nil), ("svg", nil), ("", nil), ("GIF89a", nil),
            ("RIFF\u{1}\u{2}\u{3}\u{4}WAVE", nil), ("<?xml", nil), ("<svg", nil),
        ])
    func formats(text: String, format: Picture.Format?) {
        #expect(Picture(Array(text.utf8))?.format == format)
    }

    @Test("PNG pictures begin with their signature; text that is not UTF-8 is not SVG")
    func binary() {
        #expect(Picture([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0])?.format == .png)
        #expect(Picture([0x89, 0x50, 0x4E, 0x47, 0x0A]) == nil)
        #expect(Picture(Array("<svg>".utf8) + [0xFF]) == nil)
    }

    @Test("A picture has at most 256 KiB", arguments: [(0, true), (1, false)])
    func sizes(more: Int, isAllowed: Bool) {
        let start = Array("<svg>".utf8)
        let bytes = start + [UInt8](repeating: 0x20, count: 262_144 - start.count + more)
        #expect((Picture(bytes) != nil) == isAllowed)
    }
}
