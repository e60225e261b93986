/// The lengths of the names of a request's fields. If no name has the length of a sought name, the request does not
/// have that field. Then no name needs to be compared.
public struct NameLengths: Equatable, Sendable {
    /// One bit for each length; the last bit is for all lengths from 63.
    @usableFromInline var bits: UInt64 = 0

    public init() {}

    @inlinable @inline(__always)
    public mutating func insert(_ length: Int) { bits |= Self.bit(length) }

    /// Whether a field may have this name: true if any field's name has the same length.
    @inlinable @inline(__always)
    public func mayContain(_ name: StaticString) -> Bool { bits & Self.bit(name.utf8CodeUnitCount) != 0 }

    @inlinable @inline(__always)
    static func bit(_ length: Int) -> UInt64 { 1 &<< UInt64(truncatingIfNeeded: min(length, 63)) }
}
