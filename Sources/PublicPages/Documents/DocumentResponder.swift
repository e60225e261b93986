public import HTTPServer
import HTTPTypes

/// Responds to reads on an event loop with prepared bytes: one table lookup, no lock, no allocation. `PublicPages`
/// responds with documents that must be rendered or compressed first.
public final class DocumentResponder: InlineResponder {
    private let view: DocumentView
    private let followers: Followers
    private var sightings: SightingsOfLoop?

    /// - Parameter sightings: notes requests for the domains of pages.
    public init(
        _ cache: DocumentCache, followers: Followers = Followers(LiveSettings()), sightings: DomainSightings? = nil
    ) {
        view = DocumentView(cache)
        self.followers = followers
        self.sightings = sightings.map(SightingsOfLoop.init)
    }

    public func respond(to request: RequestView) -> InlineAnswer? {
        guard request.isGET || request.isHEAD, let place = view.find(request) else { return nil }
        if place.isOnDomain { sightings?.note(place.page, in: view.contents) }
        guard !place.dependsOnLanguage, let document = view.document(at: place)
        else { return nil }
        if place.role == .stream { return stream(document.takeUnretainedValue(), to: request) }
        let conditions = ReadConditions(request)
        // `PublicPages` handles these. They are rare, and may need an error response, which the loop cannot make.
        if conditions.hasRequirements { return nil }
        if request.query.count > 0, place.isFollowed || place.dependsOnQuery {
            return place.isFollowed ? respond(to: request, conditions, document.takeUnretainedValue()) : nil
        }
        return document._withUnsafeGuaranteedRef { $0.readyResponse(to: conditions) }.map(InlineAnswer.response)
    }

    /// Responds to a read with a query, which may ask to wait.
    private func respond(
        to request: RequestView, _ conditions: ReadConditions<RequestView>, _ document: Document
    ) -> InlineAnswer? {
        let query = LiveQuery(Bytes(rebasing: request.query[1...]))
        switch query.wait {
        case .malformed: return nil
        case .none: return document.readyResponse(to: conditions).map(InlineAnswer.response)
        case .seconds(let seconds):
            let (response, isKnown) = document.uncachedResponse(to: conditions, tag: query.tag)
            let wait = min(seconds, followers.maxWaitSeconds)
            // The reader waits only if it has the current document.
            guard wait > 0, isKnown, let address = view.address(of: request) else { return .response(response) }
            guard let place = followers.waiting.admit() else { return .fault(.overloaded(.heldRequests)) }
            let reader = DocumentReader(view, address, document)
            let isNotModified = response.response.head.status == .notModified
            return .held(
                LongPoll(
                    wait, reader, accepted: conditions.acceptEncoding, isNotModified: isNotModified, place: place))
        }
    }

    private func stream(_ document: Document, to request: RequestView) -> InlineAnswer? {
        guard let address = view.address(of: request) else { return nil }
        let response = EventStream.opening(document, for: ReadConditions(request))
        let opening = PreparedResponse(response, isOpenEnded: true)
        if request.isHEAD { return .response(opening) }
        // A browser does not retry a stream after an error, but reconnects after a stream that ends.
        guard let place = followers.streams.admit() else { return .unheld(PreparedResponse(response), .streams) }
        let reader = DocumentReader(view, address, document)
        return .stream(opening, EventStream(every: followers.heartbeatSeconds, reader, place: place))
    }
}
