/// Where a field line's name and value lie in the head.
public struct FieldRange: Sendable {
    public var name: ByteRange
    public var value: ByteRange
}

/// How the body of a request is delimited (RFC 9112 §6).
enum BodyFraming: Equatable, Sendable {
    case none
    case length(Int)
    case chunked
}

/// A parsed head: offsets into bytes that stay where they were received. Holds no references, so that making one
/// allocates nothing.
public struct RequestHead: Sendable {
    @usableFromInline var method = ByteRange.empty
    /// The target's path, whatever form the target was sent in. It is `*` for a server-wide OPTIONS, and empty for an
    /// absolute form without a path.
    @usableFromInline var path = ByteRange.empty
    /// The rest of the target: its first `?` and what follows, or nothing.
    @usableFromInline var query = ByteRange.empty
    /// The authority: of an absolute-form target, else of the Host field.
    @usableFromInline var authority = ByteRange.empty
    var minorVersion: UInt8 = 1
    @usableFromInline var fieldCount: Int32 = 0
    /// A bit for each length that the name of a field has, the last one for all that are longer.
    @usableFromInline var nameLengths: UInt64 = 0
    var framing = BodyFraming.none
    var keepAlive = true
    var expectsContinue = false

    /// The bit of a length.
    static func nameLength(_ count: Int) -> UInt64 { 1 &<< UInt64(truncatingIfNeeded: min(count, 63)) }
}

/// A request as an event loop sees it: the head in the receive buffer. Valid only during the call it is passed to.
public struct RequestView {
    @usableFromInline let bytes: Bytes
    @usableFromInline let parsed: UnsafePointer<RequestHead>
    @usableFromInline let fields: UnsafePointer<FieldRange>

    @inlinable var head: RequestHead {
        @inline(__always) get { parsed.pointee }
    }

    @inlinable public var method: Bytes { bytes[head.method] }
    @inlinable public var path: Bytes { head.path.count > 0 ? bytes[head.path] : emptyPath }
    /// The target's first `?` and what follows it; empty if there is none.
    @inlinable public var query: Bytes { bytes[head.query] }
    /// Path and query, in origin form.
    public var target: String { path.string + query.string }
    /// The authority the request is for, with a port where one was sent.
    @inlinable public var authority: Bytes { bytes[head.authority] }
    @inlinable public var isGET: Bool { method.equals("GET") }
    @inlinable public var isHEAD: Bool { method.equals("HEAD") }

    /// What an absolute form without a path stands for: `/`, but `*` for OPTIONS without a query (RFC 9112 §3.2.4).
    @usableFromInline var emptyPath: Bytes {
        let isServerWide = head.query.count == 0 && method.equals("OPTIONS")
        let text: StaticString = isServerWide ? "*" : "/"
        return Bytes(start: text.utf8Start, count: 1)
    }

    /// A bit for each length that the name of a field has, the last one for all that are longer.
    @inlinable public var nameLengths: UInt64 { head.nameLengths }

    /// Calls `body` with the value of each field line of that name, in order, until it returns false.
    /// - Parameter lowercaseName: the field's name in lower case.
    @inlinable @inline(__always)
    public func forEachValue(of lowercaseName: StaticString, _ body: (Bytes) -> Bool) {
        for index in 0..<Int(head.fieldCount) where fields[index].name.count == lowercaseName.utf8CodeUnitCount {
            guard bytes[fields[index].name].equalsIgnoringCase(lowercaseName) else { continue }
            guard body(bytes[fields[index].value]) else { return }
        }
    }
}
