import Markup

/// A text in a badge, and its width.
struct BadgeText {
    /// The space on each side of the text, in pixels.
    private static let margin = 6

    let text: String
    /// In pixels.
    private let width: Int

    init(_ text: String) {
        self.text = text
        width = text.unicodeScalars.reduce(0) { $0 + Self.width(of: $1) } / 10 + 1
    }

    var boxWidth: Int { width + 2 * Self.margin }

    /// - Parameter start: where the text's box begins, in pixels.
    func element(at start: Int) -> HTML {
        // The width is an estimate. `textLength` makes the text fit if the reader's font is wider.
        "<text x=\"\(start + Self.margin)\" y=\"14\" textLength=\"\(width)\" lengthAdjust=\"spacingAndGlyphs\">\(text)</text>"
    }

    /// The width of a character in Verdana of 11 pixels, in tenths of a pixel.
    private static func width(of scalar: Unicode.Scalar) -> Int {
        switch scalar {
        case " "..."~": Int(ascii[Int(scalar.value) - 0x20])
        // Characters that combine with the one before, or show nothing.
        case _ where scalar.properties.isDefaultIgnorableCodePoint: 0
        case _ where [.nonspacingMark, .enclosingMark].contains(scalar.properties.generalCategory): 0
        // Chinese, Japanese and Korean characters, and emoji, are about as wide as they are high.
        case "\u{1100}"..."\u{11FF}", "\u{2E80}"..."\u{D7FF}", "\u{F900}"..."\u{FAFF}", "\u{FE30}"..."\u{FE6F}",
            "\u{FF00}"..."\u{FF60}", "\u{1F000}"..."\u{3FFFF}":
            120
        default: 75
        }
    }

    /// From the space to the tilde.
    private static let ascii: [UInt8] = [
        39, 43, 51, 90, 70, 118, 80, 30, 50, 50, 70, 90, 40, 50, 40, 50,
        70, 70, 70, 70, 70, 70, 70, 70, 70, 70, 50, 50, 90, 90, 90, 60,
        110, 75, 75, 77, 85, 70, 63, 85, 83, 46, 50, 76, 61, 93, 82, 87,
        66, 87, 76, 75, 68, 81, 75, 109, 75, 68, 75, 50, 50, 50, 90, 70,
        70, 66, 69, 57, 69, 66, 39, 69, 70, 30, 38, 65, 30, 107, 70, 67,
        69, 69, 47, 57, 43, 70, 65, 90, 65, 65, 58, 70, 50, 70, 90,
    ]
}
