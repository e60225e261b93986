/// The ranges of a field line's name and value in the head.
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

/// A parsed head: offsets into the receive buffer. It holds no references, so making one allocates nothing.
public struct RequestHead: Sendable {
    @usableFromInline var method = ByteRange.empty
    /// The target's path, in every form of target. It is `*` for a server-wide OPTIONS, and empty for an absolute form
    /// without a path.
    @usableFromInline var path = ByteRange.empty
    /// The rest of the target from its first `?`; empty without a `?`.
    @usableFromInline var query = ByteRange.empty
    /// The authority of an absolute-form target, otherwise that of the Host field.
    @usableFromInline var authority = ByteRange.empty
    var minorVersion: UInt8 = 1
    @usableFromInline var fieldCount: Int32 = 0
    @usableFromInline var nameLengths = NameLengths()
    var framing = BodyFraming.none
    var keepAlive = true
    var expectsContinue = false
}

/// A request as an event loop sees it: the head in the receive buffer. Valid only during the call that receives it.
public struct RequestView {
    @usableFromInline let bytes: Bytes
    @usableFromInline let parsed: UnsafePointer<RequestHead>
    @usableFromInline let fields: UnsafePointer<FieldRange>

    @inlinable var head: RequestHead {
        @inline(__always) get { parsed.pointee }
    }

    @inlinable public var method: Bytes { bytes[head.method] }
    @inlinable public var path: Bytes { head.path.count > 0 ? bytes[head.path] : emptyPath }
    /// The target from its first `?`; empty without a `?`.
    @inlinable public var query: Bytes { bytes[head.query] }
    /// Path and query, in origin form.
    public var target: String { path.string + query.string }
    /// The authority of the request, with a port if one was sent.
    @inlinable public var authority: Bytes { bytes[head.authority] }
    @inlinable public var isGET: Bool { method.equals("GET") }
    @inlinable public var isHEAD: Bool { method.equals("HEAD") }

    /// The meaning of an absolute form without a path: `/`, or `*` for OPTIONS without a query (RFC 9112 §3.2.4).
    @usableFromInline var emptyPath: Bytes {
        let isServerWide = head.query.count == 0 && method.equals("OPTIONS")
        let text: StaticString = isServerWide ? "*" : "/"
        return Bytes(start: text.utf8Start, count: 1)
    }

    /// The lengths of all field names.
    @inlinable public var nameLengths: NameLengths { head.nameLengths }

    /// Calls `body` with the value of each field line with this name, in order, until `body` returns false.
    /// - Parameter lowercaseName: the field's name in lower case.
    @inlinable @inline(__always)
    public func forEachValue(of lowercaseName: StaticString, _ body: (Bytes) -> Bool) {
        for index in 0..<Int(head.fieldCount) where fields[index].name.count == lowercaseName.utf8CodeUnitCount {
            guard bytes[fields[index].name].equalsIgnoringCase(lowercaseName) else { continue }
            guard body(bytes[fields[index].value]) else { return }
        }
    }
}
