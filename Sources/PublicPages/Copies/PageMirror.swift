import Locking
import StatusPages
public import Storage

/// Keeps the public documents as files, so that any static host can serve them while no server runs.
///
/// It writes the documents of each new edition after the edition is shown, on a separate queue. After each page it
/// rests for ten times as long as that page took, but at most 5 seconds.
public final class PageMirror: Sendable {
    /// Counts since the server started, except for `pending`.
    public struct Counts: Equatable, Sendable {
        /// Documents whose files were replaced.
        public internal(set) var written = 0
        /// Documents whose files were removed.
        public internal(set) var removed = 0
        /// Attempts that failed.
        public internal(set) var failed = 0
        /// Pages whose files are not up to date.
        public internal(set) var pending = 0
    }

    private let work: MirrorWork
    private let follower: ChangeFollower

    /// - Parameters:
    ///   - directory: the directory of the mirror; nil for none.
    ///   - report: gets each failure.
    public init(
        _ cache: DocumentCache, store: Store, directory: String?, report: @escaping @Sendable (any Error) -> Void
    ) {
        work = MirrorWork(cache, store, directory, report)
        follower = ChangeFollower(cache, label: "allclear.mirror") { [work] in work.step() }
    }

    public func start() { follower.start() }

    /// Uses this directory from now on. If it is the current one, compares every file in it with its document again.
    public func use(directory: String?) {
        work.use(directory)
        follower.look()
    }

    /// Tries to write the documents that are not written yet, then ends.
    public func finish() { follower.stop(finishing: true) }

    public var counts: Counts { work.counts.withLock { $0 } }

    /// Why a mirror cannot be in a directory; nil if it can.
    public static func problem(with directory: String) -> String? { MirrorFiles.problem(with: directory) }
}

// Sendable because only the follower's queue uses the variables; the rest is behind locks.
private final class MirrorWork: @unchecked Sendable {
    private struct Settings {
        var directory: String?
        var isNew = true
    }

    private let cache: DocumentCache
    private let store: Store
    private let report: @Sendable (any Error) -> Void
    private let settings: Locked<Settings>
    let counts = Locked(PageMirror.Counts())

    private var directory: String?
    private var files: MirrorFiles?
    /// The editions whose files are written.
    private var written: [ID<StatusPage>: Edition] = [:]
    /// The paths of those files.
    private var paths: [ID<StatusPage>: Set<String>] = [:]
    private var failures = 0

    init(
        _ cache: DocumentCache, _ store: Store, _ directory: String?, _ report: @escaping @Sendable (any Error) -> Void
    ) {
        self.cache = cache
        self.store = store
        self.report = report
        settings = Locked(Settings(directory: directory))
    }

    func use(_ directory: String?) { settings.withLock { $0 = Settings(directory: directory) } }

    func step() -> ChangeFollower.Next {
        let start = ContinuousClock.now
        do {
            let isMore = try writeNext()
            failures = 0
            return isMore ? .more(afterStepSince: start) : .done
        } catch {
            failures += 1
            // Begin again: the directory may have been replaced.
            (files, written, paths) = (nil, [:], [:])
            counts.withLock { $0.failed += 1 }
            // During a take-over, the earlier server writes the mirror for a while.
            if !(error is MirrorFiles.InUse) || failures > 10 { report(error) }
            return .failed(times: failures)
        }
    }

    /// Writes the documents of one page, or removes the files that are not needed any more.
    /// - Returns: false if there was nothing to write.
    private func writeNext() throws -> Bool {
        takeSettings()
        guard let directory else { return false }
        let editions = cache.contents.editions
        let next = editions.filter { written[$0.state.page.id] !== $0 }
        counts.withLock { $0.pending = next.count }
        let files = try self.files ?? MirrorFiles(directory)
        self.files = files
        guard let edition = next.first else {
            let pages = Set(editions.map(\.state.page.id))
            written = written.filter { pages.contains($0.key) }
            paths = paths.filter { pages.contains($0.key) }
            let removed = try files.keep(only: paths.values.reduce(into: []) { $0.formUnion($1) })
            counts.withLock { $0.removed += removed }
            return false
        }
        let page = edition.state.page.id
        let copies = try edition.copies(from: store)
        // After midnight, repairs files that another program has changed.
        if let before = written[page], before.day < edition.day { files.forgetContents() }
        paths[page] = Set(copies.map(\.path))
        try files.list(paths[page] ?? [])
        for copy in copies where try files.write(copy) { counts.withLock { $0.written += 1 } }
        written[page] = edition
        counts.withLock { $0.pending -= 1 }
        return true
    }

    private func takeSettings() {
        let new = settings.withLock { settings in
            defer { settings.isNew = false }
            return settings.isNew ? settings : nil
        }
        guard let new else { return }
        if new.directory != directory { files = nil }
        files?.forgetContents()
        directory = new.directory
        written = [:]
        paths = [:]
        counts.withLock { $0.pending = 0 }
    }
}
