public import Storage

/// Renders the front pages of each new edition at once, and compresses them in the codings that readers of the earlier
/// edition asked for. So event loops have their bytes ready.
///
/// It uses at most a tenth of one processor, even during many writes. If a reader asks for a page that is not rendered
/// yet, it is rendered at once.
public final class FrontPageRenderer: Sendable {
    private let follower: ChangeFollower

    /// Follows a cache as long as this object exists.
    public init(_ cache: DocumentCache, store: Store) {
        follower = ChangeFollower(cache, label: "allclear.front-pages") {
            let start = ContinuousClock.now
            return Self.renderNext(cache, store) ? .more(afterStepSince: start) : .done
        }
        follower.start()
    }

    /// Renders one front page that is not rendered yet.
    /// - Returns: false if there is none, or if one cannot be rendered. Its readers then get the error.
    private static func renderNext(_ cache: DocumentCache, _ store: Store) -> Bool {
        for edition in cache.contents.editions {
            for (index, item) in edition.catalog.items.enumerated() where item.kind.isFrontPage {
                guard edition.document(index) == nil else { continue }
                let earlier = edition.shelf.newest(item.name)
                guard let document = try? edition.rendered(index, from: store) else { return false }
                if let earlier { document.compress(as: earlier) }
                return true
            }
        }
        return false
    }
}
