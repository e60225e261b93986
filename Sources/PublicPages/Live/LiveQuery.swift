import HTTPServer

/// The query of a live read. If a parameter is repeated, the first one counts.
struct LiveQuery: Equatable {
    enum Wait: Equatable {
        /// The parameter is missing: this is an ordinary read.
        case none
        /// How many seconds the read may wait; 0 if the parameter has no value.
        case seconds(Int)
        case malformed
    }

    private(set) var wait = Wait.none
    /// The entity tag of the reader's document, without quotes and without the prefix of weak tags.
    private(set) var tag: [UInt8]?

    /// - Parameter query: as it was sent, without the question mark.
    init(_ query: Bytes) {
        var rest = query[...]
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: "&")) ?? rest.endIndex
            read(Bytes(rebasing: rest[..<end]))
            rest = rest[min(end + 1, rest.endIndex)...]
        }
    }

    private mutating func read(_ parameter: Bytes) {
        if wait == .none {
            if let value = parameter.droppingFirst("wait=") {
                wait = Self.seconds(value).map(Wait.seconds) ?? .malformed
            } else if parameter.equals("wait") {
                wait = .seconds(0)
            }
        }
        if tag == nil, let value = parameter.droppingFirst("etag="), value.count > 0 { tag = Self.tag(value) }
    }

    /// A whole number. Numbers above a million count as a million.
    private static func seconds(_ digits: Bytes) -> Int? {
        guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return digits.reduce(0) { min($0 * 10 + Int($1 - UInt8(ascii: "0")), 1_000_000) }
    }

    /// If the text cannot be decoded, the result is a tag that no document has.
    private static func tag(_ encoded: Bytes) -> [UInt8] {
        var tag = Array((PercentEncoding.decode(encoded.string[...]) ?? "").utf8)[...]
        if tag.starts(with: "W/".utf8) { tag = tag.dropFirst(2) }
        let quote = UInt8(ascii: "\"")
        if tag.first == quote { tag = tag.dropFirst() }
        if tag.last == quote { tag = tag.dropLast() }
        return Array(tag)
    }
}

extension Bytes {
    /// The bytes after a prefix; nil if the bytes do not begin with it.
    fileprivate func droppingFirst(_ prefix: StaticString) -> Bytes? {
        let length = prefix.utf8CodeUnitCount
        guard count >= length, Bytes(rebasing: self[..<length]).equals(prefix) else { return nil }
        return Bytes(rebasing: self[length...])
    }
}
