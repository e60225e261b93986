import Glibc
import HTTPServer
import Locking
public import StatusPages

/// When requests last named the domains of pages. It is kept in memory, for people who set a domain up.
public final class DomainSightings: Sendable {
    /// Seconds since the Unix epoch, by domain.
    private let times = Locked<[String: Int]>([:])

    public init() {}

    /// When a request last named a domain, to the second. Nil if none did since the start.
    public func last(_ domain: String) -> Timestamp? {
        times.withLock { $0[domain] }.map { Timestamp(milliseconds: Int64($0) * 1_000) }
    }

    func note(_ domain: String, at seconds: Int) { times.withLock { $0[domain] = seconds } }

    /// Notes the domain that a request names, if a page has it.
    func note(_ look: LookUp) {
        guard look.contents.table.hasDomains else { return }
        let domain = HostName.key(look.authority)
        guard look.contents.editions.contains(where: { $0.state.page.domain == domain }) else { return }
        note(domain, at: Self.now)
    }

    /// In seconds since the Unix epoch. It may be some milliseconds behind, because that costs less.
    static var now: Int {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &time)
        return time.tv_sec
    }
}

/// The notes of one event loop. It takes the lock at most once in a second for each page.
struct SightingsOfLoop {
    let all: DomainSightings
    /// Seconds since the Unix epoch, by the number of the page.
    private var noted: [Int] = []

    init(_ all: DomainSightings) { self.all = all }

    /// Notes a request that named the domain of a page.
    /// - Parameters:
    ///   - page: the number of the page in `contents`.
    mutating func note(_ page: Int, in contents: DocumentCache.Contents) {
        let now = DomainSightings.now
        if page < noted.count, noted[page] == now { return }
        while noted.count <= page { noted.append(0) }
        noted[page] = now
        if let domain = contents.editions[page].state.page.domain { all.note(domain, at: now) }
    }
}
