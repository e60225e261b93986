import HTTPServer

/// What the path and query of a request ask of a widget.
enum WidgetPath {
    enum Resource { case summary, stream }

    private static let summary: StaticString = "/api/v1/summary"
    private static let stream: StaticString = "/api/v1/stream"

    /// The resource, and what precedes it: the path of a page or sub-page. Nil for any other path.
    static func parse(_ path: Bytes) -> (resource: Resource, page: Bytes)? {
        if let page = path.droppingLast(summary) { return (.summary, page) }
        if let page = path.droppingLast(stream) { return (.stream, page) }
        return nil
    }
}

/// The `wait` parameter: how many seconds a read waits for a change.
enum WaitParameter: Equatable {
    case none
    case seconds(Int)
    case malformed

    private static let name: StaticString = "wait="

    /// Reads a query as it was sent; of several the first counts.
    init(_ query: Bytes) {
        var rest = query[...]
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: "&")) ?? rest.endIndex
            let parameter = Bytes(rebasing: rest[..<end])
            if let value = parameter.droppingFirst(Self.name) {
                self = Self.seconds(value).map(Self.seconds) ?? .malformed
                return
            }
            rest = rest[min(end + 1, rest.endIndex)...]
        }
        self = .none
    }

    /// A whole number, of which more digits than any wait has are as good as the most.
    private static func seconds(_ digits: Bytes) -> Int? {
        guard digits.count > 0, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        return digits.reduce(0) { min($0 * 10 + Int($1 - UInt8(ascii: "0")), 1_000_000) }
    }
}

extension Bytes {
    /// What precedes a suffix; nil if it is no suffix.
    fileprivate func droppingLast(_ suffix: StaticString) -> Bytes? {
        let start = count - suffix.utf8CodeUnitCount
        guard start >= 0, Bytes(rebasing: self[start...]).equals(suffix) else { return nil }
        return Bytes(rebasing: self[..<start])
    }

    /// What follows a prefix; nil if it is no prefix.
    fileprivate func droppingFirst(_ prefix: StaticString) -> Bytes? {
        let length = prefix.utf8CodeUnitCount
        guard count >= length, Bytes(rebasing: self[..<length]).equals(prefix) else { return nil }
        return Bytes(rebasing: self[length...])
    }
}
