import Locking
import Storage
import ManagementAPI
import StatusPages
import Dispatch
import HTTPTypes
import Synchronization
import Testing

@Suite struct ReadYourWritesTests {
    @Test("After a write was answered every later read on any connection shows it")
    func hammer() throws {
        let server = try TestServer(.socket)
        defer { server.remove() }
        let token = try server.token(.statusPagePublisher)
        let id = try server.declare(key: "a")
        // The number of the newest update that was answered before a read began is what the read must show at least.
        let answered = Locked(0)
        let isDone = Atomic(false)
        let staleReads = Locked<[String]>([])
        DispatchQueue.concurrentPerform(iterations: 5) { worker in
            if worker == 0 {
                for number in 1...60 {
                    let body = Body.update(of: id).replacing("News.", with: "\(number)")
                    let response = try? server.call(
                        .post, "/v2/status_page_incident_updates", token: token, body: body)
                    if response?.status == 201 { answered.withLock { $0 = number } }
                }
                isDone.store(true, ordering: .sequentiallyConsistent)
            }
            while !isDone.load(ordering: .sequentiallyConsistent) {
                let least = answered.withLock { $0 }
                let shown = try? server.widget().string("/ongoing_incidents/0/last_update_message")
                // The declaration's own message comes before all numbers.
                if (shown.flatMap { Int($0) } ?? 0) < least {
                    staleReads.withLock { $0.append("\(shown ?? "nothing") after \(least)") }
                }
            }
        }
        #expect(answered.withLock { $0 } == 60)
        #expect(staleReads.withLock { $0 } == [])
    }
}
