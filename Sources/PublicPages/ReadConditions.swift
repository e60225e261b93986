import HTTPServer
import HTTPTypes

/// What a reader of a widget accepts and what it has already. Reads the request where it lies: no copies.
struct ReadConditions {
    private enum Source {
        case view(RequestView)
        case fields(HTTPFields)
    }

    private let source: Source
    /// A bit for each length that a field's name has: most requests have none of the fields looked for here, which this
    /// shows at once.
    private let nameLengths: UInt64

    init(_ view: RequestView) {
        source = .view(view)
        nameLengths = view.nameLengths
    }

    init(_ fields: HTTPFields) {
        source = .fields(fields)
        nameLengths = fields.reduce(0) { $0 | 1 << UInt64(min($1.name.canonicalName.utf8.count, 63)) }
    }

    /// Whether there is a condition that the document must meet to be sent at all.
    var hasRequirements: Bool { any("if-match") { _ in true } || any("if-unmodified-since") { _ in true } }

    /// Whether such conditions are met (RFC 9110 §13.2.2): by the tag or, where none is asked for, by the date.
    func areMet(byTag tag: [UInt8], lastModified: Int) -> Bool {
        if any("if-match", { _ in true }) {
            return any("if-match") { EntityTags.list($0, matches: tag, isWeak: false) }
        }
        guard let since = date("if-unmodified-since") else { return true }
        return lastModified <= since
    }

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
    var modifiedSince: Int? { date("if-modified-since") }

    private func date(_ name: StaticString) -> Int? {
        var seconds: Int?
        _ = any(name) { value in
            seconds = HTTPDate.parse(value.string)
            return true
        }
        return seconds
    }

    /// Whether the test holds for one of the values of a field.
    private func any(_ name: StaticString, _ test: (Bytes) -> Bool) -> Bool {
        guard nameLengths >> UInt64(name.utf8CodeUnitCount) & 1 == 1 else { return false }
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
