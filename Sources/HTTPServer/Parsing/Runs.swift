/// Finds the ends of runs of bytes of one kind, sixteen bytes at a time.
extension Bytes {
    /// The end of the token that starts at `start`.
    @inline(__always)
    func endOfToken(from start: Int) -> Int { endOfName(from: start, madeOf: ASCII.isToken) }

    /// The end of the host name that starts at `start`.
    @inline(__always)
    func endOfHostName(from start: Int) -> Int { endOfName(from: start, madeOf: ASCII.isHostName) }

    /// The end of the field content that starts at `start`.
    @inline(__always)
    func endOfContent(from start: Int) -> Int { first(from: start) { $0.isNotContent } }

    /// The offset of the next line feed, or the end.
    @inline(__always)
    func nextLineFeed(from start: Int) -> Int { first(from: start) { $0.isLineFeed } }

    /// The end of the part of a target before its query.
    @inline(__always)
    func endOfPath(from start: Int) -> Int { first(from: start) { $0.isNotTarget .| $0.isQuestionMark } }

    /// The end of the target that starts at `start`.
    @inline(__always)
    func endOfTarget(from start: Int) -> Int { first(from: start) { $0.isNotTarget } }

    /// - Parameter isPart: whether a byte belongs to the name. It must accept letters, digits, hyphens and dots.
    @inline(__always)
    private func endOfName(from start: Int, madeOf isPart: (UInt8) -> Bool) -> Int {
        var end = start
        while true {
            end = first(from: end) { $0.isUnusualInNames }
            guard end < count, isPart(self[end]) else { return end }
            end &+= 1
        }
    }

    /// The offset of the first byte of a kind from `start` on, or the end.
    @inline(__always)
    private func first(from start: Int, _ kind: (Block) -> Block.Mask) -> Int {
        var offset = start
        while offset &+ Block.size <= count {
            let found = kind(Block(self, at: offset)).bits
            if found != 0 { return offset &+ found.trailingZeroBitCount &>> 3 }
            offset &+= Block.size
        }
        guard offset < count else { return count }
        // The last block may begin before the offset. The shift drops the matches before the offset.
        let last = Swift.max(0, count &- Block.size)
        let block = count < Block.size ? Block(padding: self) : Block(self, at: last)
        let found = kind(block).bits &>> UInt128(truncatingIfNeeded: (offset &- last) &* 8)
        return Swift.min(offset &+ found.trailingZeroBitCount &>> 3, count)
    }
}

/// Sixteen bytes that are tested together.
private struct Block {
    typealias Mask = SIMDMask<SIMD16<Int8>>
    static let size = 16

    private let bytes: SIMD16<UInt8>

    @inline(__always)
    init(_ source: Bytes, at offset: Int) {
        bytes = UnsafeRawBufferPointer(source).loadUnaligned(fromByteOffset: offset, as: SIMD16<UInt8>.self)
    }

    /// Fewer than sixteen bytes, followed by zeros.
    @inline(never)
    init(padding source: Bytes) {
        var bytes = SIMD16<UInt8>()
        for index in source.indices { bytes[index] = source[index] }
        self.bytes = bytes
    }

    /// Anything except letters, digits, hyphens and dots.
    @inline(__always)
    var isUnusualInNames: Mask {
        let isLetter = Self.isWithin(bytes | Self.all(0x20), "a", "z")
        return .!(isLetter .| Self.isWithin(bytes, "0", "9") .| Self.isWithin(bytes, "-", "."))
    }

    @inline(__always)
    var isNotContent: Mask {
        (bytes .< Self.all(ASCII.space)) .& (bytes .!= Self.all(ASCII.tab)) .| (bytes .== Self.all(0x7F))
    }

    @inline(__always)
    var isNotTarget: Mask { .!Self.isWithin(bytes, "!", "~") .| (bytes .== Self.all(UInt8(ascii: "#"))) }

    @inline(__always)
    var isLineFeed: Mask { bytes .== Self.all(ASCII.lineFeed) }

    @inline(__always)
    var isQuestionMark: Mask { bytes .== Self.all(UInt8(ascii: "?")) }

    @inline(__always)
    private static func isWithin(_ bytes: SIMD16<UInt8>, _ first: Unicode.Scalar, _ last: Unicode.Scalar) -> Mask {
        let (first, last) = (UInt8(ascii: first), UInt8(ascii: last))
        return (bytes &- all(first)) .<= all(last - first)
    }

    /// An operator that takes a number would not compile to one instruction.
    @inline(__always)
    private static func all(_ byte: UInt8) -> SIMD16<UInt8> { SIMD16(repeating: byte) }
}

extension SIMDMask<SIMD16<Int8>> {
    /// Eight bits for each byte; the first byte has the lowest ones.
    @inline(__always)
    fileprivate var bits: UInt128 { UInt128(littleEndian: unsafeBitCast(self, to: UInt128.self)) }
}
