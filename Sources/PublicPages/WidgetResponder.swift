public import HTTPServer
import Synchronization

/// Answers widget reads on an event loop, from bytes that are ready: one table look-up, no lock, no allocation.
public final class WidgetResponder: InlineResponder {
    private let cache: WidgetCache
    private var table: WidgetTable
    private var version: Int

    public init(_ cache: WidgetCache) {
        self.cache = cache
        version = cache.version.load(ordering: .acquiring)
        table = cache.table
    }

    public func respond(to request: RequestView) -> PreparedResponse? {
        guard request.isGET || request.isHEAD, let page = WidgetPath.pagePath(request.path) else { return nil }
        let current = cache.version.load(ordering: .acquiring)
        if current != version {
            version = current
            table = cache.table
        }
        return table.find(authority: request.authority, path: page)?.response(to: ReadConditions(request))
    }
}

/// The path under which a page's widget is served.
enum WidgetPath {
    private static let suffix: StaticString = "/api/v1/summary"

    /// What precedes `/api/v1/summary`, or nil for any other path.
    static func pagePath(_ path: Bytes) -> Bytes? {
        let start = path.count - suffix.utf8CodeUnitCount
        guard start >= 0, Bytes(rebasing: path[start...]).equals(suffix) else { return nil }
        return Bytes(rebasing: path[..<start])
    }
}

extension WidgetTable {
    /// The widget at that path on a page's own domain, if the request is for one, else by slug.
    func find(authority: Bytes, path: Bytes) -> WidgetSnapshot? {
        if hasDomains, let found = find(host: Self.host(of: authority), path: path) { return found }
        return find(host: Bytes(start: nil, count: 0), path: path)
    }

    /// The authority without its port.
    private static func host(of authority: Bytes) -> Bytes {
        var end = authority.count
        while end > 0, authority[end - 1] >= UInt8(ascii: "0"), authority[end - 1] <= UInt8(ascii: "9") { end -= 1 }
        guard end > 0, authority[end - 1] == UInt8(ascii: ":") else { return authority }
        return Bytes(rebasing: authority[..<(end - 1)])
    }
}
