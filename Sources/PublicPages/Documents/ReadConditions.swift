import Glibc
import HTTPServer
import HTTPTypes

/// The fields of a request, in any representation.
protocol FieldSource {
    /// The lengths of all field names.
    var nameLengths: NameLengths { get }

    /// Calls `body` with each value of the field, until `body` returns false.
    func forEachValue(of lowercaseName: StaticString, _ body: (Bytes) -> Bool)
}

extension RequestView: FieldSource {}

extension HTTPFields: FieldSource {
    var nameLengths: NameLengths {
        reduce(into: NameLengths()) { $0.insert($1.name.canonicalName.utf8.count) }
    }

    func forEachValue(of lowercaseName: StaticString, _ body: (Bytes) -> Bool) {
        for field in self where field.name.canonicalName == "\(lowercaseName)" {
            var value = field.value
            guard value.withUTF8(body) else { return }
        }
    }
}

/// The codings that a reader accepts, and the document that it already has. Reads the request in place,
/// without copies.
struct ReadConditions<Fields: FieldSource> {
    private let fields: Fields
    /// Lets `areNone` rule out all of the fields below without a search. Most requests have none of them.
    private let nameLengths: NameLengths

    init(_ fields: Fields) {
        self.fields = fields
        nameLengths = fields.nameLengths
    }

    /// Whether the request certainly has none of these fields.
    @inline(__always)
    var areNone: Bool {
        !(nameLengths.mayContain("if-match") || nameLengths.mayContain("if-unmodified-since")
            || nameLengths.mayContain("accept-encoding") || nameLengths.mayContain("if-none-match")
            || nameLengths.mayContain("last-event-id") || nameLengths.mayContain("if-modified-since"))
    }

    /// Whether the reader wants the document only under a condition.
    @inline(__always)
    var hasRequirements: Bool { any("if-match") { _ in true } || any("if-unmodified-since") { _ in true } }

    /// Whether those conditions are met (RFC 9110 §13.2.2). If-Match decides; without it, If-Unmodified-Since.
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

    /// Whether If-None-Match contains this tag; nil without this field.
    func names(_ tag: [UInt8]) -> Bool? {
        var isThere = false
        let isNamed = any("if-none-match") { value in
            isThere = true
            return EntityTags.list(value, matches: tag)
        }
        return isThere ? isNamed : nil
    }

    /// Whether Last-Event-ID, with which a browser resumes a stream, is this tag.
    func lastEventIs(_ tag: [UInt8]) -> Bool {
        any("last-event-id") { $0.elementsEqual(tag) }
    }

    /// If-Modified-Since, in seconds since the Unix epoch.
    var modifiedSince: Int? { date("if-modified-since") }

    /// Whether the fields allow a 304 response.
    var hasConditions: Bool { hasEntityTags || any("if-modified-since") { _ in true } }

    /// Whether a cache sent the request: it names itself in Via (RFC 9110 §7.6.3), or in Varnish's own field.
    var hasPassedCache: Bool { any("via") { _ in true } || any("x-varnish") { _ in true } }

    /// The date in a field. Nil if there are several, or if it is malformed or in the future: such fields are ignored
    /// (RFC 9110 §13.1.3, §13.1.4).
    private func date(_ name: StaticString) -> Int? {
        var dates: [Int?] = []
        _ = any(name) { value in
            dates.append(HTTPDate.parse(value.string))
            return false
        }
        guard dates.count == 1, let date = dates[0], date <= time(nil) else { return nil }
        return date
    }

    /// Whether any value of a field passes the test.
    @inline(__always)
    private func any(_ name: StaticString, _ test: (Bytes) -> Bool) -> Bool {
        guard nameLengths.mayContain(name) else { return false }
        var found = false
        fields.forEachValue(of: name) { value in
            found = test(value)
            return !found
        }
        return found
    }
}
