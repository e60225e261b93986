import Cryptography
import HTTPServer
import HTTPTypes
import Locking
import Synchronization

/// The bytes of one rendering, ready to send with all its fields. Immutable: each change makes a new document.
final class Document: Sendable {
    /// How documents of one kind on one page are delivered: everything in their head that does not depend on the body.
    struct Delivery: Equatable, Sendable {
        var mediaType: String
        /// The value of Cache-Control.
        var cacheControl: String
        /// The other fields.
        var fields: HTTPFields
        /// The request fields, besides Accept-Encoding, on which the choice of the document depends.
        var variesBy: [String] = []
        /// Whether readers can wait for the next version, or get each version as an event of a stream.
        var isFollowed = false
    }

    /// One encoding of the document. A class, so that every connection that sends it shares its bytes.
    final class Representation: Sendable {
        /// Includes the quotes.
        let entityTag: [UInt8]
        let ok: PreparedResponse
        let notModified: PreparedResponse
        /// The same for a reader that asked to wait. No cache may keep this response, because the next reader needs
        /// another one.
        let uncachedOK: PreparedResponse
        let uncachedNotModified: PreparedResponse

        /// - Parameter coding: the content coding's name; nil for none.
        fileprivate init(tag: String, coding: String? = nil, body: [UInt8], lastModified: Int, _ delivery: Delivery) {
            var fields = delivery.fields
            fields[.lastModified] = HTTPDate.format(lastModified)
            fields[.vary] = (["Accept-Encoding"] + delivery.variesBy).joined(separator: ", ")
            fields[.xContentTypeOptions] = "nosniff"
            fields[.eTag] = tag
            entityTag = Array(tag.utf8)
            func responses(_ cacheControl: String) -> (ok: PreparedResponse, notModified: PreparedResponse) {
                fields[.cacheControl] = cacheControl
                var complete = fields
                complete[.contentType] = delivery.mediaType
                complete[.contentEncoding] = coding
                return (
                    PreparedResponse(.ok, fields: complete, body: body), PreparedResponse(.notModified, fields: fields)
                )
            }
            (ok, notModified) = responses(delivery.cacheControl)
            (uncachedOK, uncachedNotModified) =
                delivery.isFollowed ? responses(Document.liveCacheControl) : (ok, notModified)
        }
    }

    /// A digest of the body: equal exactly if the bodies are.
    let digest: String
    let delivery: Delivery
    let identity: Representation
    private let gzip = CompressedForm("gzip", Gzip.compress)
    private let brotli = CompressedForm("br", Brotli.compress)
    /// Seconds since the Unix epoch.
    let lastModified: Int
    /// Whether Last-Modified alone distinguishes this document from the previous one. It does not if both were made
    /// within the same second. Then the date does not prove that a reader has this document (RFC 9110 §8.8.2.2).
    let isDatedUniquely: Bool

    /// - Parameters:
    ///   - digest: a digest of the body; nil to compute one.
    ///   - previous: the previous document at this address; nil if there was none.
    ///   - now: when the document changed, in seconds since the Unix epoch.
    ///   - isDatedUniquely: whether no other version of the document was made within that second.
    /// - Returns: `previous` itself if nothing changed.
    static func make(
        _ body: [UInt8], digest: String? = nil, _ delivery: Delivery, previous: Document?, now: Int,
        isDatedUniquely: Bool = true
    ) -> Document {
        let digest = digest ?? Self.digest(of: body)
        guard let previous else {
            return Document(body, digest, delivery, lastModified: now, isDatedUniquely: isDatedUniquely)
        }
        guard previous.digest == digest else {
            return Document(
                body, digest, delivery, lastModified: max(now, previous.lastModified),
                isDatedUniquely: isDatedUniquely && previous.lastModified < now)
        }
        if previous.delivery == delivery { return previous }
        return Document(
            body, digest, delivery, lastModified: previous.lastModified, isDatedUniquely: previous.isDatedUniquely)
    }

    private init(_ body: [UInt8], _ digest: String, _ delivery: Delivery, lastModified: Int, isDatedUniquely: Bool) {
        self.digest = digest
        self.delivery = delivery
        self.lastModified = lastModified
        self.isDatedUniquely = isDatedUniquely
        identity = Representation(tag: "\"\(digest)\"", body: body, lastModified: lastModified, delivery)
    }

    var body: [UInt8] { identity.ok.response.body }

    /// The document as an event of a stream, in pieces. The body must be a single line, as JSON is.
    var event: [[UInt8]] { [Array("event: summary\nid: \"\(digest)\"\ndata: ".utf8), body, Array("\n\n".utf8)] }

    /// Whether a tag in a query belongs to this document, in any representation. A cache in between may have removed or
    /// added a content coding, and the query asks only whether the document has changed.
    func isNamed(by tag: [UInt8]) -> Bool {
        guard tag.starts(with: digest.utf8) else { return false }
        return tag.count == digest.utf8.count || tag[digest.utf8.count] == UInt8(ascii: "-")
    }

    /// The response to a reader; nil if it needs a compressed form that has not been made yet.
    func readyResponse(to conditions: ReadConditions<some FieldSource>) -> PreparedResponse? {
        // Most programs other than browsers send none of these fields.
        if conditions.areNone { return identity.ok }
        return readyRepresentation(for: conditions.acceptEncoding)?._withUnsafeGuaranteedRef {
            isCurrent($0, for: conditions) ? $0.notModified : $0.ok
        }
    }

    /// The response to a reader. May compress the document, which can take milliseconds.
    func response(to conditions: ReadConditions<some FieldSource>) -> PreparedResponse {
        let chosen = representation(for: conditions.acceptEncoding)
        return isCurrent(chosen, for: conditions) ? chosen.notModified : chosen.ok
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

    /// The representation with the highest weight; among equal weights, usually the smallest. Compresses the document
    /// if nobody has asked for that form before.
    func representation(for accepted: AcceptEncoding) -> Representation {
        choose(for: accepted) { $0.make(of: self) }?.takeUnretainedValue() ?? identity
    }

    /// Makes the compressed forms that readers of an earlier version asked for.
    func compress(as earlier: Document) {
        if earlier.gzip.ready != nil { _ = gzip.make(of: self) }
        if earlier.brotli.ready != nil { _ = brotli.make(of: self) }
    }

    /// The body in both compressed forms; nil for a form that is not smaller than the body.
    var compressedBodies: (gzip: [UInt8]?, brotli: [UInt8]?) {
        func body(_ form: CompressedForm) -> [UInt8]? {
            let made = form.make(of: self).takeUnretainedValue()
            return made === identity ? nil : made.ok.response.body
        }
        return (body(gzip), body(brotli))
    }

    /// The result of `representation(for:)`; nil if it has not been made yet.
    @inline(__always)
    private func readyRepresentation(for accepted: AcceptEncoding) -> Unmanaged<Representation>? {
        choose(for: accepted) { $0.ready }
    }

    /// - Parameter representation: returns the representation in a compressed form. It is `identity` if compression
    ///   does not make the document smaller. If it returns nil, so does this function.
    @inline(__always)
    private func choose(
        for accepted: AcceptEncoding, _ representation: (CompressedForm) -> Unmanaged<Representation>?
    ) -> Unmanaged<Representation>? {
        let least = max(accepted.weight(of: .identity), 1)
        var forms = (gzip, brotli)
        var weights = (accepted.weight(of: .gzip), accepted.weight(of: .brotli))
        if weights.1 >= weights.0 {
            swap(&forms.0, &forms.1)
            swap(&weights.0, &weights.1)
        }
        // Avoids retains: this immutable document holds its representations.
        let identity = Unmanaged.passUnretained(identity)
        if weights.0 >= least {
            guard let chosen = representation(forms.0) else { return nil }
            if chosen.toOpaque() != identity.toOpaque() { return chosen }
        }
        if weights.1 >= least {
            guard let chosen = representation(forms.1) else { return nil }
            if chosen.toOpaque() != identity.toOpaque() { return chosen }
        }
        return identity
    }

    /// Whether the reader already has this representation. If there are entity tags, the date is ignored (§13.2.2).
    private func isCurrent(_ chosen: Representation, for conditions: ReadConditions<some FieldSource>) -> Bool {
        if let isNamed = conditions.names(chosen.entityTag) { return isNamed }
        guard let since = conditions.modifiedSince else { return false }
        return isDatedUniquely && lastModified <= since
    }

    /// For streams, and for responses that are only valid for the reader that asked to wait. `no-transform` keeps
    /// proxies from compressing (RFC 9111 §5.2.2.6): that would hold back small pieces.
    static let liveCacheControl = "no-store, no-transform"

    private static func digest(of body: [UInt8]) -> String { hex(SHA256.hash(body).prefix(16)) }

    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let hex = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [hex[Int($0 >> 4)], hex[Int($0 & 15)]] }, as: UTF8.self)
    }
}

/// A compressed form of a document, made when a reader first asks for it. Most documents change before anyone has asked
/// for every form.
private final class CompressedForm: Sendable {
    private let coding: String
    private let compress: @Sendable ([UInt8]) -> [UInt8]?
    private let made = Atomic<Unmanaged<Document.Representation>?>(nil)
    /// Held while one thread compresses, so that others wait for it instead of doing the same.
    private let making = Locked(())

    init(_ coding: String, _ compress: @escaping @Sendable ([UInt8]) -> [UInt8]?) {
        self.coding = coding
        self.compress = compress
    }

    deinit { made.load(ordering: .acquiring)?.release() }

    /// Nil if nobody has asked for it yet. Takes no lock and no reference.
    var ready: Unmanaged<Document.Representation>? { made.load(ordering: .acquiring) }

    /// - Returns: the document's `identity` if compression does not make it smaller.
    func make(of document: Document) -> Unmanaged<Document.Representation> {
        making.withLock { _ in
            if let ready { return ready }
            let new = Unmanaged.passRetained(document.compressed(coding, compress) ?? document.identity)
            made.store(new, ordering: .releasing)
            return new
        }
    }
}

extension Document {
    fileprivate func compressed(_ coding: String, _ compress: ([UInt8]) -> [UInt8]?) -> Representation? {
        guard let compressed = compress(body), compressed.count < body.count else { return nil }
        return Representation(
            tag: "\"\(digest)-\(coding)\"", coding: coding, body: compressed, lastModified: lastModified, delivery)
    }
}
