public import Glibc

/// Bytes that the callee may read during the call and must not keep.
public typealias Bytes = UnsafeBufferPointer<UInt8>

/// A half-open range of offsets into a head. It is small, so that a table of ranges stays in the cache.
public struct ByteRange: Equatable, Sendable {
    public var start: Int32
    public var end: Int32

    public static let empty = ByteRange(0, 0)

    public init(_ start: Int, _ end: Int) {
        self.start = Int32(truncatingIfNeeded: start)
        self.end = Int32(truncatingIfNeeded: end)
    }

    @inlinable public var count: Int { Int(end &- start) }
}

extension Bytes {
    /// The bytes of `range`, without copying.
    @inlinable
    public subscript(_ range: ByteRange) -> Bytes {
        Bytes(start: baseAddress.map { $0 + Int(range.start) }, count: Int(range.end &- range.start))
    }

    /// Whether these bytes equal `text`.
    // Always inlined: the compiler then knows the length of `text`, and compares a word or two.
    @inlinable @inline(__always)
    public func equals(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount, let baseAddress else { return false }
        return memcmp(baseAddress, text.utf8Start, text.utf8CodeUnitCount) == 0
    }

    /// Whether these bytes equal `bytes`.
    @inlinable
    public func equals(_ bytes: [UInt8]) -> Bool {
        guard count == bytes.count, let baseAddress else { return count == bytes.count }
        return bytes.withUnsafeBytes { $0.baseAddress.map { memcmp(baseAddress, $0, count) == 0 } ?? true }
    }

    /// Whether these bytes equal `lowercase`, ignoring the case of ASCII letters.
    @inlinable @inline(__always)
    public func equalsIgnoringCase(_ lowercase: StaticString) -> Bool {
        guard count == lowercase.utf8CodeUnitCount else { return false }
        if count >= 8 { return equalsIgnoringCase(lowercase, by: UInt64.self) }
        if count >= 4 { return equalsIgnoringCase(lowercase, by: UInt32.self) }
        return equalsIgnoringCase(lowercase, by: UInt8.self)
    }

    /// Compares as many bytes at a time as `Part` holds; there must be at least that many. The last comparison may
    /// overlap the one before it.
    @inlinable @inline(__always)
    func equalsIgnoringCase<Part: FixedWidthInteger>(_ lowercase: StaticString, by: Part.Type) -> Bool {
        let ours = UnsafeRawBufferPointer(self)
        let theirs = UnsafeRawBufferPointer(start: lowercase.utf8Start, count: lowercase.utf8CodeUnitCount)
        var offset = 0
        let last = count &- MemoryLayout<Part>.size
        while offset < last {
            guard
                ASCII.lowercased(ours.loadUnaligned(fromByteOffset: offset, as: Part.self))
                    == theirs.loadUnaligned(fromByteOffset: offset, as: Part.self)
            else { return false }
            offset &+= MemoryLayout<Part>.size
        }
        return last < 0
            || ASCII.lowercased(ours.loadUnaligned(fromByteOffset: last, as: Part.self))
                == theirs.loadUnaligned(fromByteOffset: last, as: Part.self)
    }

    /// These bytes as text. Bytes that are not valid UTF-8 become U+FFFD.
    public var string: String { String(decoding: self, as: UTF8.self) }

    /// These bytes without the spaces and tabs at both ends (OWS, RFC 9110 §5.6.3).
    public var trimmed: Bytes {
        var start = 0
        var end = count
        while start < end, ASCII.isBlank(self[start]) { start += 1 }
        while end > start, ASCII.isBlank(self[end - 1]) { end -= 1 }
        return Bytes(rebasing: self[start..<end])
    }
}

/// Character classes of RFC 9110 §5.6 as bit tables, so that a check costs one shift.
public enum ASCII {
    static let tab = UInt8(ascii: "\t")
    static let lineFeed = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")
    static let space = UInt8(ascii: " ")

    /// `tchar` of RFC 9110 §5.6.2: the characters of methods and field names.
    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool {
        let table: UInt64 = byte < 64 ? 0x03FF_6CFA_0000_0000 : 0x57FF_FFFF_C7FF_FFFE
        return byte < 128 && (table >> UInt64(byte & 63)) & 1 == 1
    }

    /// The bytes of field values: visible characters, space, tab and bytes above ASCII (RFC 9110 §5.5).
    static func isFieldContent(_ byte: UInt8) -> Bool {
        (byte >= space && byte != 0x7F) || byte == tab
    }

    /// The bytes of request targets: visible ASCII except `#`, because a target has no fragment (RFC 9112 §3.2).
    static func isTarget(_ byte: UInt8) -> Bool {
        byte > space && byte < 0x7F && byte != UInt8(ascii: "#")
    }

    /// The bytes of host names (`reg-name`, RFC 3986 §3.2.2) except `,` and `%`. A comma would look like a list, and a
    /// percent sign must be followed by an encoded byte.
    @inline(__always)
    static func isHostName(_ byte: UInt8) -> Bool {
        let table: UInt64 = byte < 64 ? 0x2BFF_6FD2_0000_0000 : 0x47FF_FFFE_87FF_FFFE
        return byte < 128 && (table >> UInt64(byte & 63)) & 1 == 1
    }

    @inlinable
    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    @inlinable
    public static func lowercased(_ byte: UInt8) -> UInt8 {
        byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
    }

    /// Lowercases all bytes of an integer at once.
    @inlinable
    public static func lowercased<Part: FixedWidthInteger>(_ bytes: Part) -> Part {
        // Each byte is added separately: the highest bits are cleared first, so no sum carries into the next byte.
        let each = ~0 / 0xFF as Part
        let low = bytes & (each &* 0x7F)
        let fromA = low &+ each &* (0x80 - 0x41)
        let aboveZ = low &+ each &* (0x7F - 0x5A)
        let areCapitals = fromA & ~aboveZ & ~bytes & (each &* 0x80)
        return bytes | areCapitals &>> 2
    }
}
