import HTTPServer

/// A read that waits until the widget is another than the one the reader has.
final class WidgetWait: HeldRequest {
    let patience: Int
    private let reader: WidgetReader
    private let accepted: AcceptEncoding
    private let isNotModified: Bool
    private let place: LiveReaders.Place

    /// - Parameters:
    ///   - seconds: how long it waits.
    ///   - reader: where it looks; it has what is there now.
    ///   - isNotModified: the answer is 304 when the time is up, and not the document that the reader has.
    init(
        _ seconds: Int, _ reader: WidgetReader, accepted: AcceptEncoding, isNotModified: Bool, place: LiveReaders.Place
    ) {
        patience = seconds
        self.reader = reader
        self.accepted = accepted
        self.isNotModified = isNotModified
        self.place = place
    }

    func news() -> HeldStep {
        switch reader.look() {
        case .same: .wait
        case .changed(let snapshot): .answer(snapshot.representation(for: accepted).uncachedOK)
        case .gone: .fault(.gone)
        }
    }

    /// News may be there that this request was not told of yet.
    func timeUp() -> HeldStep {
        let step = news()
        guard case .wait = step else { return step }
        let unchanged = reader.snapshot.representation(for: accepted)
        return .answer(isNotModified ? unchanged.uncachedNotModified : unchanged.uncachedOK)
    }

    func stop() -> HeldStep { timeUp() }
}
