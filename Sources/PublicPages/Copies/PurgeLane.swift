import StatusPages
import Storage
import Synchronization

/// A request that a cache did not accept.
struct PurgeFailure: Error, CustomStringConvertible {
    let method: String
    /// The scheme and the authority of the URL. The rest may have a secret.
    let place: String
    let page: String
    let reason: String

    var description: String { "\(method) for page \(page) at \(place): \(reason)" }
}

/// The changes that concern one target, and the requests for them.
// Sendable because only the follower's queue uses the variables.
final class PurgeLane: @unchecked Sendable {
    private struct Subject: Hashable {
        let page: String
        /// Empty if the target has no requests for single documents.
        var document = ""
    }

    /// The version of a page for which the requests were made.
    private struct Known {
        let edition: Edition
        /// By their URLs.
        let documents: [String: Document]
    }

    let target: PurgeTarget
    private let parts: Purger.Parts
    private let note: @Sendable ((inout Purger.Counts) -> Void) -> Void
    private let pendingCount = Atomic(0)

    private var known: [ID<StatusPage>: Known] = [:]
    private var subjects: [Subject] = [] {
        didSet { pendingCount.store(subjects.count, ordering: .relaxed) }
    }
    private var failures = 0
    /// When the lane may look for changed documents again. A look renders documents, so looks must not be too frequent.
    private var nextLook = ContinuousClock.now

    init(
        _ target: PurgeTarget, _ parts: Purger.Parts,
        note: @escaping @Sendable ((inout Purger.Counts) -> Void) -> Void
    ) {
        self.target = target
        self.parts = parts
        self.note = note
    }

    var pending: Int { pendingCount.load(ordering: .relaxed) }

    /// Looks for changes, and sends one request.
    func step() -> ChangeFollower.Next {
        let wait: Duration?
        do {
            wait = try look()
        } catch {
            return failed(error)
        }
        guard let subject = subjects.first else { return wait.map { .more(rest: $0) } ?? .done }
        let request = target.request(page: subject.page, document: subject.document)
        switch parts.send(request) {
        case .accepted: note { $0.accepted += 1 }
        case .absent: note { $0.absent += 1 }
        case .failed(let reason, let retryAfter):
            note { $0.failed += 1 }
            // Another request may succeed, so this one moves to the end.
            subjects.append(subjects.removeFirst())
            let place = request.url.split(separator: "/", maxSplits: 3).prefix(2).joined(separator: "//")
            return failed(
                PurgeFailure(method: request.method, place: place, page: subject.page, reason: reason),
                retryAfter: retryAfter)
        }
        subjects.removeFirst()
        failures = 0
        return .more(rest: .milliseconds(10))
    }

    private func failed(_ error: any Error, retryAfter: Int? = nil) -> ChangeFollower.Next {
        failures += 1
        parts.report(error)
        guard let retryAfter else { return .failed(times: failures) }
        return .failed(rest: .seconds(retryAfter))
    }

    // MARK: Changes

    /// Adds a subject for each page or document that has changed since the last look.
    /// - Returns: how long to wait before the next look, if it is too early for one. Nil after a look, or if nothing
    ///   has changed.
    private func look() throws -> Duration? {
        let editions = parts.cache.contents.editions.filter { target.page == nil || $0.state.page.slug == target.page }
        let changed = editions.filter { known[$0.state.page.id]?.edition !== $0 }
        let gone = Set(known.keys).subtracting(editions.map(\.state.page.id))
        guard !changed.isEmpty || !gone.isEmpty else { return nil }
        let start = ContinuousClock.now
        if nextLook > start { return nextLook - start }
        for edition in changed {
            let page = edition.state.page
            guard target.namesDocuments else {
                known[page.id] = Known(edition: edition, documents: [:])
                add([Subject(page: page.slug)])
                continue
            }
            let documents = try edition.documents(serverURL: parts.serverURL(), from: parts.store)
            let before = known[page.id]?.documents ?? [:]
            known[page.id] = Known(edition: edition, documents: documents)
            let urls = Set(documents.keys).union(before.keys).filter { documents[$0] !== before[$0] }
            add(urls.sorted().map { Subject(page: page.slug, document: $0) })
        }
        for page in gone {
            guard let before = known.removeValue(forKey: page) else { continue }
            let slug = before.edition.state.page.slug
            add(
                target.namesDocuments
                    ? before.documents.keys.sorted().map { Subject(page: slug, document: $0) } : [Subject(page: slug)])
        }
        if target.namesDocuments { nextLook = .now + min((ContinuousClock.now - start) * 10, .seconds(5)) }
        return nil
    }

    private func add(_ new: [Subject]) {
        let waiting = Set(subjects)
        subjects += new.filter { !waiting.contains($0) }
    }
}

extension Edition {
    /// Every document of a bounded kind by its URLs, in its default form. A page in several languages also has a URL
    /// for each language. May read the database.
    /// - Parameter serverURL: without a trailing slash.
    fileprivate func documents(serverURL: String, from store: Store) throws -> [String: Document] {
        let page = state.page
        let documents = try catalog.items.indices.map { try rendered($0, from: store) }
        var found: [String: Document] = [:]
        for (address, target) in catalog.addresses {
            guard case .document(let index) = target, let document = documents[index] else { continue }
            let host = String(decoding: address.host, as: UTF8.self)
            let base = host.isEmpty ? serverURL : "\(page.domainScheme.rawValue)://\(host)"
            let url = base + String(decoding: address.path, as: UTF8.self)
            found[url] = document
            guard catalog.items[index].form != nil, catalog.hasLanguages else { continue }
            for language in page.site.languages { found["\(url)?lang=\(language.rawValue)"] = document }
        }
        return found
    }
}
