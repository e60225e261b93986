import HTTPServer

/// A read that waits until the document differs from the reader's document.
final class LongPoll: HeldRequest {
    let patience: Int
    private let reader: DocumentReader
    private let accepted: AcceptEncoding
    private let isNotModified: Bool
    private let place: LiveReaders.Place

    /// - Parameters:
    ///   - seconds: how long it waits.
    ///   - reader: follows the document, starting from its current state.
    ///   - isNotModified: whether the reader gets 304 instead of the unchanged document when the time is up.
    init(
        _ seconds: Int, _ reader: DocumentReader, accepted: AcceptEncoding, isNotModified: Bool,
        place: LiveReaders.Place
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
        case .changed(let document): .answer(document.representation(for: accepted).uncachedOK)
        case .gone: .fault(.gone)
        }
    }

    /// There may be a change that this request has not been notified of yet.
    func timeUp() -> HeldStep {
        let step = news()
        guard case .wait = step else { return step }
        let unchanged = reader.document.representation(for: accepted)
        return .answer(isNotModified ? unchanged.uncachedNotModified : unchanged.uncachedOK)
    }

    func stop() -> HeldStep { timeUp() }
}
