public import HTTPServer
import HTTPTypes

/// Responds to widget reads on an event loop with prepared bytes: one table lookup, no lock, no allocation.
public final class WidgetResponder: InlineResponder {
    private let view: WidgetView
    private let live: LiveWidgets

    public init(_ cache: WidgetCache, live: LiveWidgets = LiveWidgets(LiveSettings())) {
        view = WidgetView(cache)
        self.live = live
    }

    public func respond(to request: RequestView) -> InlineAnswer? {
        guard request.isGET || request.isHEAD, let (resource, page) = WidgetPath.parse(request.path) else { return nil }
        switch resource {
        case .summary:
            let conditions = ReadConditions(request)
            // `PublicPages` handles these. They are rare, and may need an error response, which the loop cannot make.
            if conditions.hasRequirements { return nil }
            if request.query.count > 0 { return respond(to: request, conditions, page) }
            return view.look { table in
                table.find(authority: request.authority, path: page) { .response($0.response(to: conditions)) }
            }
        case .stream:
            return findEntry(request, page).map { stream($0, to: request) }
        }
    }

    /// Responds to a read with a query, which may ask to wait.
    private func respond(to request: RequestView, _ conditions: ReadConditions<RequestView>, _ page: Bytes)
        -> InlineAnswer?
    {
        guard let entry = findEntry(request, page) else { return nil }
        let query = LiveQuery(Bytes(rebasing: request.query[1...]))
        switch query.wait {
        case .malformed: return nil
        case .none: return .response(entry.snapshot.response(to: conditions))
        case .seconds(let seconds):
            let (response, isKnown) = entry.snapshot.uncachedResponse(to: conditions, tag: query.tag)
            let wait = min(seconds, live.maxWaitSeconds)
            // The reader waits only if it has the current document.
            guard wait > 0, isKnown else { return .response(response) }
            guard let place = live.waiting.admit() else { return .fault(.overloaded(.heldRequests)) }
            let reader = WidgetReader(view, entry)
            let isNotModified = response.response.head.status == .notModified
            return .held(
                WidgetWait(
                    wait, reader, accepted: conditions.acceptEncoding, isNotModified: isNotModified, place: place))
        }
    }

    private func findEntry(_ request: RequestView, _ page: Bytes) -> WidgetTable.Entry? {
        view.look { $0.findEntry(authority: request.authority, path: page) }
    }

    private func stream(_ entry: WidgetTable.Entry, to request: RequestView) -> InlineAnswer {
        let response = WidgetStream.opening(entry.snapshot, for: ReadConditions(request))
        let opening = PreparedResponse(response, isOpenEnded: true)
        if request.isHEAD { return .response(opening) }
        // A browser does not retry a stream after an error, but reconnects after a stream that ends.
        guard let place = live.streams.admit() else { return .unheld(PreparedResponse(response), .streams) }
        let reader = WidgetReader(view, entry)
        return .stream(opening, WidgetStream(every: live.heartbeatSeconds, reader, place: place))
    }
}
