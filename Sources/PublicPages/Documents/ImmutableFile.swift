public import HTTPServer
import HTTPTypes

/// A file that never changes at its address. It is compressed in each coding that readers ask for.
public struct ImmutableFile: Sendable {
    private let document: Document

    public init(_ bytes: [UInt8], mediaType: String) {
        let delivery = Document.Delivery(
            mediaType: mediaType, cacheControl: "public, max-age=31536000, immutable", fields: [:])
        document = Document.make(bytes, delivery, previous: nil, now: 0)
    }

    /// The answer to a GET or HEAD.
    public func response(to request: Request) -> Response {
        document.response(to: ReadConditions(request.head.headerFields)).response
    }
}

extension PublicPages {
    /// The style sheet of the pages, without an owner's colour.
    public static var style: [UInt8] { EmbeddedAssets.pageCSS.bytes }
}
