import CQREncode
import Markup

/// A QR code (ISO/IEC 18004), drawn as SVG.
struct QRCode {
    /// In modules, the small squares of the code. Readers need a bright margin of this width.
    private static let margin = 4

    /// Rows of modules; true is dark.
    let rows: [[Bool]]

    /// Nil if the text is too long for a code.
    init?(_ text: String) {
        guard let code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M) else { return nil }
        defer { QRcode_free(code) }
        let width = Int(code.pointee.width)
        guard let data = code.pointee.data else { return nil }
        rows = (0..<width).map { row in (0..<width).map { data[row * width + $0] & 1 == 1 } }
    }

    /// Dark on white in every theme, because many readers need that.
    func svg(label: String) -> HTML {
        let size = rows.count + 2 * Self.margin
        return """
            <svg class="qr" role="img" aria-label="\(label)" viewBox="0 0 \(size) \(size)" shape-rendering="crispEdges">\
            <path fill="#fff" d="M0 0h\(size)v\(size)H0z"/><path fill="#000" d="\(path)"/></svg>
            """
    }

    /// A rectangle for each run of dark modules in a row.
    private var path: String {
        var path = ""
        for (y, row) in rows.enumerated() {
            var x = 0
            while x < row.count {
                let length = row[x...].prefix { $0 == row[x] }.count
                if row[x] { path += "M\(x + Self.margin) \(y + Self.margin)h\(length)v1h-\(length)z" }
                x += length
            }
        }
        return path
    }
}
