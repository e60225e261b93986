/// Text with markup, for HTML and for XML.
///
/// It is made by string interpolation. The literal parts are markup; every interpolated string is escaped. Only
/// literals in the source can be markup, because a `StaticString` cannot be made while the program runs.
public struct HTML: Equatable, Sendable, ExpressibleByStringInterpolation {
    /// UTF-8.
    public private(set) var bytes: [UInt8] = []

    public init() {}
    public init(stringLiteral literal: StaticString) { literal.withUTF8Buffer { bytes += $0 } }
    public init(stringInterpolation: StringInterpolation) { self = stringInterpolation.html }

    /// Plain text, escaped.
    public init(text: String) { append(text) }

    /// Reserves memory for a text, so that it is not copied while it grows.
    public mutating func reserveCapacity(_ count: Int) { bytes.reserveCapacity(count) }

    public var isEmpty: Bool { bytes.isEmpty }
    /// The markup as a string.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    public static func += (left: inout HTML, right: HTML) { left.bytes += right.bytes }

    public struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var html = HTML()

        public init(literalCapacity: Int, interpolationCount: Int) {
            html.bytes.reserveCapacity(literalCapacity + 32 * interpolationCount)
        }

        public mutating func appendLiteral(_ literal: StaticString) { literal.withUTF8Buffer { html.bytes += $0 } }
        /// Escapes the text.
        public mutating func appendInterpolation(_ text: String) { html.append(text) }
        public mutating func appendInterpolation(_ number: Int) { html.bytes += "\(number)".utf8 }
        public mutating func appendInterpolation(_ markup: HTML) { html += markup }
        public mutating func appendInterpolation(_ parts: some Sequence<HTML>) { for part in parts { html += part } }

        /// Writes the address for an attribute or an element. An address that `LinkAddress` does not admit becomes
        /// `about:invalid`, which leads nowhere.
        public mutating func appendInterpolation(url: String) {
            html.append(LinkAddress(url)?.encoded ?? "about:invalid")
        }
    }

    /// Escapes byte by byte. A `Character` may consist of `&` or `"` and a combining mark, and then equals neither.
    private mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { content in
            var start = 0
            var index = 0
            while index < content.count {
                let length = content.scalarLength(at: index)
                if let replacement = Self.replacement(of: content, at: index, length) {
                    bytes += content[start..<index]
                    bytes += replacement.utf8
                    start = index + length
                }
                index += length
            }
            bytes += content[start...]
        }
    }

    private static func replacement(
        of content: UnsafeBufferPointer<UInt8>, at index: Int, _ length: Int
    ) -> String? {
        switch content[index] {
        case UInt8(ascii: "&"): "&amp;"
        case UInt8(ascii: "<"): "&lt;"
        case UInt8(ascii: ">"): "&gt;"
        case UInt8(ascii: "\""): "&quot;"
        case UInt8(ascii: "'"): "&#39;"
        case 0x20..<0x7F: nil
        default: content.scalar(at: index, length).isDisplayable ? nil : "\u{FFFD}"
        }
    }
}

extension Unicode.Scalar {
    /// Whether documents may contain the character. They must not contain noncharacters, nor control characters except
    /// tab and line ends.
    public var isDisplayable: Bool {
        switch value {
        case 0x09, 0x0A, 0x0D: true
        case ..<0x20, 0x7F...0x9F, 0xFDD0...0xFDEF: false
        default: value & 0xFFFE != 0xFFFE
        }
    }
}

/// Valid UTF-8.
extension UnsafeBufferPointer<UInt8> {
    /// The number of bytes of the character that begins here.
    fileprivate func scalarLength(at index: Int) -> Int {
        switch self[index] {
        case ..<0x80: 1
        case ..<0xE0: 2
        case ..<0xF0: 3
        default: 4
        }
    }

    fileprivate func scalar(at index: Int, _ length: Int) -> Unicode.Scalar {
        // The first byte of a longer sequence begins with a one for each byte, then a zero.
        var value = UInt32(self[index]) & (length == 1 ? 0x7F : 0x7F >> UInt32(length))
        for next in self[(index + 1)..<(index + length)] { value = value << 6 | UInt32(next & 0x3F) }
        return Unicode.Scalar(value) ?? "\u{FFFD}"
    }
}
