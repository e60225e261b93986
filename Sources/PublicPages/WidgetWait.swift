import HTTPServer

/// A read that waits until the widget is another than the one the reader has.
final class WidgetWait: HeldRequest {
    let patience: Int
    private let reader: WidgetReader
    private let accepted: AcceptEncoding
    private let place: LiveReaders.Place

    /// - Parameters:
    ///   - seconds: how long it waits.
    ///   - reader: where it looks; it has what is there now.
    init(_ seconds: Int, _ reader: WidgetReader, accepted: AcceptEncoding, place: LiveReaders.Place) {
        patience = seconds
        self.reader = reader
        self.accepted = accepted
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
        return .answer(reader.snapshot.representation(for: accepted).uncachedNotModified)
    }

    func stop() -> HeldStep { timeUp() }
}
