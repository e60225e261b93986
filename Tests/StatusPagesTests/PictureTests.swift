import Testing

@testable import StatusPages

@Suite("Uploaded pictures, and host names")
struct PictureTests {
    private static func png(_ width: UInt8, _ height: UInt8, _ high: UInt8 = 0) -> [UInt8] {
        [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13] + Array("IHDR".utf8)
            + [0, 0, high, width, 0, 0, high, height]
    }

    /// A JPEG whose frame header comes after a comment of some bytes.
    private static func jpeg(_ comment: [UInt8], _ frame: [UInt8]) -> [UInt8] {
        [0xFF, 0xD8, 0xFF, 0xFE, 0, UInt8(comment.count + 2)] + comment + [0xFF, 0xFF] + frame
    }

    private static func webp(_ chunk: String, _ content: [UInt8]) -> [UInt8] {
        Array("RIFF".utf8) + [0, 0, 0, 0] + Array("WEBP\(chunk)".utf8) + [0, 0, 0, 0] + content
            + [UInt8](repeating: 0, count: 12)
    }

    @Test(
        "The size of a picture is read from its header",
        arguments: [
            (png(16, 32), 16, 32), (png(1, 2, 1), 257, 258),
            (jpeg([0xFF, 0xC0, 9], [0xC0, 0, 17, 8, 0, 20, 1, 44, 3]), 300, 20),
            (jpeg([], [0xC2, 0, 17, 8, 0, 1, 0, 2, 3]), 2, 1),
            (webp("VP8 ", [0, 0, 0, 0x9D, 0x01, 0x2A, 100, 0x40, 50, 0]), 100, 50),
            (webp("VP8L", [0x2F, 0xFF, 0xC0, 0x18, 0]), 256, 100),
            (webp("VP8X", [0, 0, 0, 0, 99, 1, 0, 49, 0, 0]), 356, 50),
        ] as [([UInt8], Int, Int)])
    func sizes(bytes: [UInt8], width: Int, height: Int) throws {
        let size = try #require(try Picture(uploaded: bytes, at: []).size)
        #expect(size == PictureSize(width: width, height: height))
    }

    @Test(
        "Other formats, damaged headers and large pictures are rejected",
        arguments: [
            [], Array("<svg >".utf8), Array("GIF89a".utf8), Array(png(16, 16).dropLast()), png(0, 16), png(209, 1, 7),
            jpeg([], [0xC4, 0, 17, 8, 0, 1, 0, 2, 3]), jpeg([], [0xE0, 0, 1, 0, 0, 0, 0, 0, 0]), [0xFF, 0xD8, 0xFF],
            webp("VP8 ", [0, 0, 0, 1, 2, 3, 100, 0, 50, 0]), webp("ALPH", [0, 0, 0, 0, 99, 0, 0, 49, 0, 0]),
            png(16, 16) + [UInt8](repeating: 0, count: Picture.largest),
        ] as [[UInt8]])
    func rejected(bytes: [UInt8]) {
        #expect(throws: Faults.self) { try Picture(uploaded: bytes, at: [.name("logo")]) }
    }

    @Test(
        "A domain is a host name",
        arguments: [
            ("status.example.com", "status.example.com"), ("Status.Example.COM.", "status.example.com"),
            ("localhost", "localhost"), ("192.0.2.1", "192.0.2.1"), ("1a.2b", "1a.2b"), ("", nil), (".", nil),
            ("a..b", nil), ("-a.b", nil), ("a-.b", nil), ("a_b.c", nil), ("a.b:80", nil), ("http://a.b", nil),
            ("a/b", nil), ("192.0.2", nil), ("192.0.2.256", nil), ("192.0.02.1", nil), ("a.1", nil), ("[::1]", nil),
            ("münchen.example", nil), (String(repeating: "a", count: 64), nil),
        ] as [(String, String?)])
    func domains(text: String, domain: String?) {
        #expect(PageDomain.parse(text) == domain)
    }
}
