import Dispatch
import HTTPTypes
import Locking
import ManagementAPI
import StatusPages
import Storage
import Synchronization
import Testing

@Suite struct ReadYourWritesTests {
    private static let writers = 3
    private static let readers = 4

    @Test("After the response to a write, every read on any connection shows it")
    func hammer() throws {
        let server = try TestServer(.socket)
        defer { server.remove() }
        let token = try server.token(.statusPagePublisher)
        let ids = try (0..<Self.writers).map { try server.declare(key: "\($0)") }
        // For each incident, the number of the newest answered update. A read that begins later must show at least this
        // one.
        let answered = Locked([Int](repeating: 0, count: Self.writers))
        let writing = Atomic(Self.writers)
        let staleReads = Locked<[String]>([])
        @Sendable func write(_ worker: Int) {
            for number in 1...60 {
                let body = Body.update(of: ids[worker]).replacing("News.", with: "\(number)")
                let response = try? server.call(
                    .post, "/v2/status_page_incident_updates", token: token, body: body)
                if response?.status == 201 { answered.withLock { $0[worker] = number } }
            }
            writing.subtract(1, ordering: .sequentiallyConsistent)
        }
        @Sendable func read() {
            while writing.load(ordering: .sequentiallyConsistent) > 0 {
                let least = answered.withLock { $0 }
                let widget = try? server.widget()
                for place in 0..<Self.writers {
                    let shown = widget?.string("/ongoing_incidents/\(place)/last_update_message")
                    let id = widget?.string("/ongoing_incidents/\(place)/id")
                    guard let writer = ids.firstIndex(where: { $0 == id }) else {
                        staleReads.withLock { $0.append("an incident is missing") }
                        continue
                    }
                    // The message of the declaration is not a number and counts as 0.
                    if (shown.flatMap { Int($0) } ?? 0) < least[writer] {
                        staleReads.withLock { $0.append("\(shown ?? "nothing") after \(least[writer])") }
                    }
                }
            }
        }
        // Give each worker its own queue. A shared queue would run only as many as there are processors, and readers
        // wait for writers.
        let group = DispatchGroup()
        for worker in 0..<(Self.writers + Self.readers) {
            DispatchQueue(label: "hammer.\(worker)").async(group: group) {
                if worker < Self.writers { write(worker) } else { read() }
            }
        }
        group.wait()
        #expect(answered.withLock { $0 } == [60, 60, 60])
        #expect(staleReads.withLock { $0 } == [])
    }
}
