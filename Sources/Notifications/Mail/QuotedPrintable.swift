/// Quoted-printable (RFC 2045 §6.7): text as lines of at most 76 ASCII characters.
struct QuotedPrintable {
    private static let longestLine = 76
    private static let digits = Array("0123456789ABCDEF".utf8)

    private var encoded: [UInt8] = []
    /// The offset at which the current line of output begins.
    private var lineStart = 0

    /// Encodes a text with any line ends. Each line of the result, including the last, ends with CRLF.
    static func encode(_ text: String) -> [UInt8] {
        var text = text
        var encoder = QuotedPrintable()
        encoder.encoded.reserveCapacity(text.utf8.count + text.utf8.count / 8)
        // Bytes in one buffer: every email passes through here.
        text.withUTF8 { encoder.encode($0) }
        return encoder.encoded
    }

    private mutating func encode(_ text: UnsafeBufferPointer<UInt8>) {
        var index = 0
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "\n"):
                endLine()
                index += 1
            case UInt8(ascii: "\r"):
                endLine()
                index += index + 1 < text.count && text[index + 1] == UInt8(ascii: "\n") ? 2 : 1
            default:
                var end = index + 1
                while end < text.count, text[end] & 0xC0 == 0x80 { end += 1 }
                append(text, index..<end)
                index = end
            }
        }
        if let last = text.last, last != UInt8(ascii: "\n"), last != UInt8(ascii: "\r") { endLine() }
    }

    /// Appends one character, whose bytes stay on one line.
    private mutating func append(_ text: UnsafeBufferPointer<UInt8>, _ character: Range<Int>) {
        let byte = text[character.lowerBound]
        let next = character.upperBound < text.count ? text[character.upperBound] : 0x0A
        let endsLine = next == 0x0A || next == 0x0D
        var isPlain = (0x20...0x7E).contains(byte) && byte != UInt8(ascii: "=") || byte == 0x09
        // White space at the end of a line could be removed on the way.
        if endsLine, byte == 0x20 || byte == 0x09 { isPlain = false }
        // The last column of a line that continues is for its "=".
        let room = Self.longestLine - (endsLine ? 0 : 1) - (encoded.count - lineStart)
        if (isPlain ? 1 : 3 * character.count) > room {
            encoded.append(UInt8(ascii: "="))
            endLine()
        }
        if encoded.count == lineStart, Self.isFragile(text, at: character.lowerBound) { isPlain = false }
        if isPlain { return encoded.append(byte) }
        for byte in text[character] {
            encoded.append(UInt8(ascii: "="))
            encoded.append(Self.digits[Int(byte >> 4)])
            encoded.append(Self.digits[Int(byte & 15)])
        }
    }

    private mutating func endLine() {
        encoded.append(0x0D)
        encoded.append(0x0A)
        lineStart = encoded.count
    }

    /// Whether some programs change a line with this beginning: a dot, or "From " as in mailbox files.
    private static func isFragile(_ text: UnsafeBufferPointer<UInt8>, at index: Int) -> Bool {
        text[index] == UInt8(ascii: ".")
            || text[index] == UInt8(ascii: "F") && text[index...].starts(with: "From ".utf8)
    }
}
