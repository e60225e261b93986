import Cryptography
import HTTPServer
import HTTPTypes
import StatusPages

/// One widget document with all its responses, ready to send. Immutable: each change makes a new snapshot.
final class WidgetSnapshot: Sendable {
    /// One encoding of the document. A class for the same reason as `WidgetTable`.
    final class Representation: Sendable {
        /// Includes the quotes.
        let entityTag: [UInt8]
        let ok: PreparedResponse
        let notModified: PreparedResponse
        /// The same for a reader that waited. No cache may keep this response, because the next reader needs another
        /// one.
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
    /// Nil if compression does not make the document smaller.
    let gzip: Representation?
    let brotli: Representation?
    /// The document as an event of a stream, in pieces.
    let event: [[UInt8]]
    /// Seconds since the Unix epoch.
    let lastModified: Int
    /// Whether Last-Modified alone distinguishes this document from the previous one. It does not if both were made
    /// within the same second. Then the date does not prove that a reader has this document (RFC 9110 §8.8.2.2).
    let isDatedUniquely: Bool
    /// The policy in its Cache-Control.
    let cachePolicy: CachePolicy

    /// - Parameters:
    ///   - previous: the snapshot served at this address before; nil if there was none.
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
        // JSON escapes line breaks, so the document is a single line.
        event = [Array("event: summary\nid: \"\(digest)\"\ndata: ".utf8), body, Array("\n\n".utf8)]
        gzip = representation("gzip", Gzip.compress(body))
        brotli = representation("br", Brotli.compress(body))
    }

    /// Whether this snapshot shows exactly that document.
    func shows(_ body: [UInt8]) -> Bool { identity.ok.response.body == body }

    /// Whether a tag in a query is that of this document, in any representation. The query only asks whether the
    /// document has changed. A cache in between may have removed or added a content coding.
    func isNamed(by tag: [UInt8]) -> Bool {
        let digest = identity.entityTag.dropFirst().dropLast()
        guard tag.starts(with: digest) else { return false }
        return tag.count == digest.count || tag[digest.count] == UInt8(ascii: "-")
    }

    /// The response to a reader.
    func response(to conditions: ReadConditions<some FieldSource>) -> PreparedResponse {
        // Most programs other than browsers send none of these fields.
        if conditions.areNone { return identity.ok }
        return withRepresentation(for: conditions) { isCurrent($0, for: conditions) ? $0.notModified : $0.ok }
    }

    /// The same for a reader that can wait.
    /// - Parameter tag: the tag in its query.
    /// - Returns: the response, and whether the reader has this document and so can wait for the next. The tag in the
    ///   query decides that; without one, If-None-Match does.
    func uncachedResponse(
        to conditions: ReadConditions<some FieldSource>, tag: [UInt8]?
    ) -> (response: PreparedResponse, isKnown: Bool) {
        let chosen = representation(for: conditions.acceptEncoding)
        let isNamed = tag.map(isNamed)
        // A cache that sent no condition treats a 304 response as a failure (RFC 9110 §15.4.5).
        let mayBeBare = isNamed == true && !conditions.hasConditions && !conditions.hasPassedCache
        let isNotModified = mayBeBare || isCurrent(chosen, for: conditions)
        return (
            isNotModified ? chosen.uncachedNotModified : chosen.uncachedOK,
            isNamed ?? (isNotModified && conditions.hasEntityTags)
        )
    }

    /// Whether the document meets the reader's If-Match or If-Unmodified-Since.
    func meetsRequirements(of conditions: ReadConditions<some FieldSource>) -> Bool {
        conditions.areMet(
            byTag: representation(for: conditions.acceptEncoding).entityTag, lastModified: lastModified)
    }

    @inline(__always)
    private func withRepresentation<Result>(
        for conditions: ReadConditions<some FieldSource>, _ body: (Representation) -> Result
    ) -> Result {
        // Avoids a retain: this immutable snapshot holds the representation.
        Unmanaged.passUnretained(representation(for: conditions.acceptEncoding))._withUnsafeGuaranteedRef(body)
    }

    /// The representation with the highest weight; among equal weights, usually the smallest.
    @inline(__always)
    func representation(for accepted: AcceptEncoding) -> Representation {
        var chosen = identity
        var most = accepted.weight(of: .identity)
        let weights = (gzip: accepted.weight(of: .gzip), brotli: accepted.weight(of: .brotli))
        if let gzip, weights.gzip > 0, weights.gzip >= most { (chosen, most) = (gzip, weights.gzip) }
        if let brotli, weights.brotli > 0, weights.brotli >= most { chosen = brotli }
        return chosen
    }

    /// Whether the reader already has this representation. If there are entity tags, the date is ignored (§13.2.2).
    private func isCurrent(_ chosen: Representation, for conditions: ReadConditions<some FieldSource>) -> Bool {
        if let isNamed = conditions.names(chosen.entityTag) { return isNamed }
        guard let since = conditions.modifiedSince else { return false }
        return isDatedUniquely && lastModified <= since
    }

    /// For streams, and for responses that are only valid for the reader that waited for them. A proxy that compresses
    /// would hold back small pieces (RFC 9111 §5.2.2.6).
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
