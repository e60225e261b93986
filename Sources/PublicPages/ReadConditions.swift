import HTTPServer
import HTTPTypes

/// What a reader of a widget accepts and what it has already. Reads the request where it lies: no copies.
struct ReadConditions {
    private enum Source {
        case view(RequestView)
        case fields(HTTPFields)
    }

    private let source: Source

    init(_ view: RequestView) { source = .view(view) }
    init(_ fields: HTTPFields) { source = .fields(fields) }

    var acceptEncoding: AcceptEncoding {
        var accepted = AcceptEncoding()
        _ = any("accept-encoding") { value in
            accepted.read(value)
            return false
        }
        return accepted
    }

    var hasEntityTags: Bool { any("if-none-match") { _ in true } }

    /// Whether If-None-Match names this tag.
    func names(_ tag: [UInt8]) -> Bool {
        any("if-none-match") { EntityTags.list($0, matches: tag) }
    }

    /// Whether Last-Event-ID, with which a browser resumes a stream, is this tag.
    func lastEventIs(_ tag: [UInt8]) -> Bool {
        any("last-event-id") { $0.elementsEqual(tag) }
    }

    /// If-Modified-Since, in seconds since the Unix epoch.
    var modifiedSince: Int? {
        var seconds: Int?
        _ = any("if-modified-since") { value in
            seconds = HTTPDate.parse(value.string)
            return true
        }
        return seconds
    }

    /// Whether the test holds for one of the values of a field.
    private func any(_ name: StaticString, _ test: (Bytes) -> Bool) -> Bool {
        var found = false
        switch source {
        case .view(let view):
            view.forEachValue(of: name) { value in
                found = test(value)
                return !found
            }
        case .fields(let fields):
            for field in fields where !found && field.name.canonicalName == "\(name)" {
                var value = field.value
                found = value.withUTF8(test)
            }
        }
        return found
    }
}
