/// The width and height of a picture in pixels, as its header has them.
public struct PictureSize: Equatable, Sendable {
    public let width: Int
    public let height: Int
}

extension Picture {
    /// The maximum width and height of pictures that people upload, in pixels.
    public static let longestSide = 2_000

    /// Nil for an SVG, and if the header is damaged.
    public var size: PictureSize? {
        let size: PictureSize? =
            switch format {
            case .svg: nil
            case .png: pngSize
            case .webp: webpSize
            case .jpeg: jpegSize
            }
        return size.flatMap { $0.width > 0 && $0.height > 0 ? $0 : nil }
    }

    /// A picture that somebody uploads.
    /// - Throws: the fault, at `place`.
    public init(uploaded bytes: [UInt8], at place: [Fault.Step]) throws(Faults) {
        func fault(_ message: String, _ code: Fault.Code = .invalidFormat) -> Faults {
            Faults([Fault(code, place, message)])
        }
        guard bytes.count <= Self.largest else {
            throw fault(
                "The picture must have at most \(Self.largest) bytes; got \(bytes.count).", .tooLong)
        }
        guard let picture = Picture(bytes), picture.format != .svg else {
            throw fault("The picture must be a PNG, JPEG or WebP file.")
        }
        guard let size = picture.size else { throw fault("The picture is damaged: its size cannot be read.") }
        guard max(size.width, size.height) <= Self.longestSide else {
            throw fault(
                "The picture must be at most \(Self.longestSide) pixels wide and high; it is \(size.width) x "
                    + "\(size.height) pixels.", .tooLong)
        }
        self = picture
    }

    /// PNG, third edition, §11.2.1: the first chunk is IHDR.
    private var pngSize: PictureSize? {
        guard bytes.count >= 24, bytes[12..<16].elementsEqual("IHDR".utf8) else { return nil }
        return PictureSize(width: number(at: 16, 4), height: number(at: 20, 4))
    }

    /// RFC 9649 §2.5–2.7: the first chunk is VP8, VP8L or VP8X.
    private var webpSize: PictureSize? {
        guard bytes.count >= 30 else { return nil }
        func little(_ index: Int, _ count: Int) -> Int {
            (0..<count).reduce(0) { $0 | Int(bytes[index + $1]) << (8 * $1) }
        }
        switch String(decoding: bytes[12..<16], as: UTF8.self) {
        case "VP8 ":
            // RFC 6386 §9.1: a start code, then 14 bits for each side.
            guard bytes[23..<26].elementsEqual([0x9D, 0x01, 0x2A]) else { return nil }
            return PictureSize(width: little(26, 2) & 0x3FFF, height: little(28, 2) & 0x3FFF)
        case "VP8L":
            guard bytes[20] == 0x2F else { return nil }
            let bits = little(21, 4)
            return PictureSize(width: bits & 0x3FFF + 1, height: bits >> 14 & 0x3FFF + 1)
        case "VP8X": return PictureSize(width: little(24, 3) + 1, height: little(27, 3) + 1)
        default: return nil
        }
    }

    /// ITU-T T.81, B.2.2: the first frame header. Every segment before it has its length.
    private var jpegSize: PictureSize? {
        var index = 2
        while index + 9 <= bytes.count {
            guard bytes[index] == 0xFF else { return nil }
            let marker = bytes[index + 1]
            if marker == 0xFF {
                index += 1
                continue
            }
            // SOF0 to SOF15, without the three markers among them that begin no frame.
            if (0xC0...0xCF).contains(marker), ![0xC4, 0xC8, 0xCC].contains(marker) {
                return PictureSize(width: number(at: index + 7, 2), height: number(at: index + 5, 2))
            }
            let length = number(at: index + 2, 2)
            guard length >= 2 else { return nil }
            index += 2 + length
        }
        return nil
    }

    /// A number whose most significant byte comes first.
    private func number(at index: Int, _ count: Int) -> Int {
        bytes[index..<index + count].reduce(0) { $0 << 8 | Int($1) }
    }
}
