import HTTPServer
import HTTPTypes

/// A document as Server-Sent Events (HTML Living Standard §9.2): the whole document, at the start and after each
/// change.
final class EventStream: HeldRequest {
    /// How long a browser waits before it reconnects, in milliseconds.
    private static let retry = Array("retry: 3000\n\n".utf8)
    /// Keeps the connection open, and detects a reader that has gone.
    private static let comment = [Array(":\n\n".utf8)]

    let patience: Int
    private let reader: DocumentReader
    private let place: LiveReaders.Place

    init(every seconds: Int, _ reader: DocumentReader, place: LiveReaders.Place) {
        patience = seconds
        self.reader = reader
        self.place = place
    }

    func news() -> HeldStep {
        switch reader.look() {
        case .same: .wait
        case .changed(let document): .part(document.event)
        case .gone: .end
        }
    }

    func timeUp() -> HeldStep { .part(Self.comment) }
    func stop() -> HeldStep { .end }

    /// The start of a stream: the document, unless the reader already has it.
    static func opening(_ document: Document, for conditions: ReadConditions<some FieldSource>) -> Response {
        let isResumed = conditions.lastEventIs(document.identity.entityTag)
        let body = retry + (isResumed ? [] : document.event.flatMap(\.self))
        return Response(.ok, fields: fields, body: body)
    }

    private static let fields: HTTPFields = [
        .accessControlAllowOrigin: "*",
        .cacheControl: Document.liveCacheControl,
        .xContentTypeOptions: "nosniff",
        .contentType: "text/event-stream",
        // Otherwise nginx buffers events before it passes them on.
        .accelBuffering: "no",
    ]
}

extension HTTPField.Name {
    // swift-format-ignore: NeverForceUnwrap
    fileprivate static let accelBuffering = HTTPField.Name("X-Accel-Buffering")!
}
