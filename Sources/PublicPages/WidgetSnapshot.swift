import Cryptography
import HTTPServer
import HTTPTypes
import StatusPages

/// One widget document as it is served: every answer to a reader ready to send. Immutable; a change makes another.
final class WidgetSnapshot: Sendable {
    /// One encoding of the document. A class for the same reason as the table.
    final class Representation: Sendable {
        /// With its quotes.
        let entityTag: [UInt8]
        let ok: PreparedResponse
        let notModified: PreparedResponse
        /// The same for a reader that waited: what was right for it is not for the next one.
        let uncachedOK: PreparedResponse
        let uncachedNotModified: PreparedResponse

        /// - Parameter coding: the content coding's name; nil for none.
        init(tag: String, coding: String? = nil, body: [UInt8], common: HTTPFields) {
            var fields = common
            fields[.eTag] = tag
            entityTag = Array(tag.utf8)
            var uncached = fields
            uncached[.cacheControl] = WidgetSnapshot.liveCacheControl
            notModified = PreparedResponse(.notModified, fields: fields)
            uncachedNotModified = PreparedResponse(.notModified, fields: uncached)
            let content: HTTPFields = [.contentType: "application/json"]
            fields.append(contentsOf: content)
            uncached.append(contentsOf: content)
            fields[.contentEncoding] = coding
            uncached[.contentEncoding] = coding
            ok = PreparedResponse(.ok, fields: fields, body: body)
            uncachedOK = PreparedResponse(.ok, fields: uncached, body: body)
        }
    }

    let identity: Representation
    /// Nil when compressing gains nothing.
    let gzip: Representation?
    let brotli: Representation?
    /// The document as one of a stream's events, in pieces.
    let event: [[UInt8]]
    /// Seconds since the Unix epoch.
    let lastModified: Int
    /// Whether Last-Modified alone tells this document from the one before it. It does not when both were made within
    /// a second, and must then not be taken as proof that a reader has this one (RFC 9110 §8.8.2.2).
    let isDatedUniquely: Bool
    /// What its Cache-Control was made from.
    let cachePolicy: CachePolicy

    /// - Parameters:
    ///   - previous: what was served at this address before, if anything.
    ///   - now: seconds since the Unix epoch.
    init(_ body: [UInt8], previous: WidgetSnapshot?, now: Int, cachePolicy: CachePolicy) {
        self.cachePolicy = cachePolicy
        if let previous, previous.shows(body) {
            lastModified = previous.lastModified
            isDatedUniquely = previous.isDatedUniquely
        } else {
            lastModified = max(now, previous?.lastModified ?? 0)
            isDatedUniquely = previous.map { $0.lastModified < now } ?? true
        }
        let digest = Self.digest(body)
        let common: HTTPFields = [
            .accessControlAllowOrigin: "*",
            .accessControlExposeHeaders: "ETag",
            .cacheControl: Self.cacheControl(cachePolicy),
            .lastModified: HTTPDate.format(lastModified),
            .vary: "Accept-Encoding",
            .xContentTypeOptions: "nosniff",
        ]
        func representation(_ coding: String, _ compressed: [UInt8]?) -> Representation? {
            guard let compressed, compressed.count < body.count else { return nil }
            return Representation(tag: "\"\(digest)-\(coding)\"", coding: coding, body: compressed, common: common)
        }
        identity = Representation(tag: "\"\(digest)\"", body: body, common: common)
        // JSON has its line breaks escaped, so that the document is one line.
        event = [Array("event: summary\nid: \"\(digest)\"\ndata: ".utf8), body, Array("\n\n".utf8)]
        gzip = representation("gzip", Gzip.compress(body))
        brotli = representation("br", Brotli.compress(body))
    }

    /// Whether this snapshot shows exactly that document.
    func shows(_ body: [UInt8]) -> Bool { identity.ok.response.body == body }

    /// Whether this is the document of a tag that a reader sent in a query: that of any of the representations, since what
    /// is asked is whether the document is another one. A cache in between may have taken a coding away, or added one.
    func isNamed(by tag: [UInt8]) -> Bool {
        let digest = identity.entityTag.dropFirst().dropLast()
        guard tag.starts(with: digest) else { return false }
        return tag.count == digest.count || tag[digest.count] == UInt8(ascii: "-")
    }

    /// What to send to a reader.
    func response(to conditions: ReadConditions<some FieldSource>) -> PreparedResponse {
        // As it is with most programs that are no browsers.
        if conditions.areNone { return identity.ok }
        return withRepresentation(for: conditions) { isCurrent($0, for: conditions) ? $0.notModified : $0.ok }
    }

    /// The same for a reader that is ready to wait.
    /// - Parameter tag: from its query.
    /// - Returns: also whether the reader has this document, so that there is something to wait for. The tag in the query
    ///   decides that; without one, If-None-Match does.
    func uncachedResponse(
        to conditions: ReadConditions<some FieldSource>, tag: [UInt8]?
    ) -> (response: PreparedResponse, isKnown: Bool) {
        let chosen = representation(for: conditions.acceptEncoding)
        let isNamed = tag.map(isNamed)
        // A cache that asked without a condition takes 304 for a failure (RFC 9110 §15.4.5).
        let mayBeBare = isNamed == true && !conditions.hasConditions && !conditions.hasPassedProxy
        let isNotModified = mayBeBare || isCurrent(chosen, for: conditions)
        return (
            isNotModified ? chosen.uncachedNotModified : chosen.uncachedOK,
            isNamed ?? (isNotModified && conditions.hasEntityTags)
        )
    }

    /// Whether the document is one that the reader is willing to get.
    func meetsRequirements(of conditions: ReadConditions<some FieldSource>) -> Bool {
        conditions.areMet(
            byTag: representation(for: conditions.acceptEncoding).entityTag, lastModified: lastModified)
    }

    @inline(__always)
    private func withRepresentation<Result>(
        for conditions: ReadConditions<some FieldSource>, _ body: (Representation) -> Result
    ) -> Result {
        // Not counted as held: it is held here, and nothing here changes.
        Unmanaged.passUnretained(representation(for: conditions.acceptEncoding))._withUnsafeGuaranteedRef(body)
    }

    /// The one that is wanted most; of those wanted alike, the smallest as a rule.
    @inline(__always)
    func representation(for accepted: AcceptEncoding) -> Representation {
        var chosen = identity
        var most = accepted.weight(of: .identity)
        let weights = (gzip: accepted.weight(of: .gzip), brotli: accepted.weight(of: .brotli))
        if let gzip, weights.gzip > 0, weights.gzip >= most { (chosen, most) = (gzip, weights.gzip) }
        if let brotli, weights.brotli > 0, weights.brotli >= most { chosen = brotli }
        return chosen
    }

    /// Whether the reader has this representation already. Entity tags, where given, are all that counts (§13.2.2).
    private func isCurrent(_ chosen: Representation, for conditions: ReadConditions<some FieldSource>) -> Bool {
        if let isNamed = conditions.names(chosen.entityTag) { return isNamed }
        guard let since = conditions.modifiedSince else { return false }
        return isDatedUniquely && lastModified <= since
    }

    /// For answers that are right only for those who waited for them, and for streams. A proxy that compresses would hold
    /// back what is small (RFC 9111 §5.2.2.6).
    static let liveCacheControl = "no-store, no-transform"

    private static func cacheControl(_ policy: CachePolicy) -> String {
        """
        public, max-age=\(policy.maxAge), stale-while-revalidate=\(policy.staleWhileRevalidate), \
        stale-if-error=\(policy.staleIfError)
        """
    }

    private static func digest(_ body: [UInt8]) -> String {
        let hex = Array("0123456789abcdef".utf8)
        let digits = SHA256.hash(body).prefix(16).flatMap { [hex[Int($0 >> 4)], hex[Int($0 & 15)]] }
        return String(decoding: digits, as: UTF8.self)
    }
}
