/// A picture that the owner of a page provides, such as a logo. Its content determines its format.
public struct Picture: Equatable, Sendable {
    public enum Format: String, CaseIterable, Sendable {
        case svg, png, webp, jpeg

        public var mediaType: String {
            switch self {
            case .svg: "image/svg+xml"
            case .png: "image/png"
            case .webp: "image/webp"
            case .jpeg: "image/jpeg"
            }
        }
    }

    /// The maximum size, in bytes.
    public static let largest = 262_144

    public let format: Format
    public let bytes: [UInt8]

    /// Nil if there are more bytes than `largest`, or if they do not begin like a picture of a known format.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count <= Self.largest, let format = Self.format(of: bytes) else { return nil }
        self.format = format
        self.bytes = bytes
    }

    private static func format(of bytes: [UInt8]) -> Format? {
        // PNG, third edition, §5.2.
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return .png }
        // RFC 9649 §2.4.
        if bytes.starts(with: "RIFF".utf8), bytes.dropFirst(8).starts(with: "WEBP".utf8) { return .webp }
        // JPEG (ITU-T T.81, B.1.1.3): "start of image", then another marker.
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return .jpeg }
        return isSVG(bytes) ? .svg : nil
    }

    /// Whether a text is XML whose first element is `svg`.
    private static func isSVG(_ bytes: [UInt8]) -> Bool {
        guard let text = String(validating: bytes, as: UTF8.self) else { return false }
        var rest = text[...]
        if rest.first == "\u{FEFF}" { rest.removeFirst() }
        while true {
            rest = rest.drop(while: \.isWhitespace)
            let end: String
            switch rest {
            case _ where rest.hasPrefix("<?"): end = "?>"
            case _ where rest.hasPrefix("<!--"): end = "-->"
            case _ where rest.hasPrefix("<!DOCTYPE"): end = ">"
            default:
                guard rest.hasPrefix("<svg"), let next = rest.dropFirst(4).first else { return false }
                return next.isWhitespace || next == ">" || next == "/"
            }
            guard let close = rest.firstRange(of: end) else { return false }
            rest = rest[close.upperBound...]
        }
    }
}
