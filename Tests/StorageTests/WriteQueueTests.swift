import Dispatch
import TestSupport
import Testing

@testable import Storage

@Suite("Write queue")
struct WriteQueueTests {
    private let queue = WriteQueue<Int>(capacity: 3)

    @Test("The first thread drains the queue")
    func serving() {
        #expect(queue.add(1) == .first)
        #expect(queue.add(2) == .waits)
        #expect(queue.take(1) == [1])
        #expect(queue.add(3) == .waits)
        #expect(!queue.leave())
        #expect(queue.take(10) == [2, 3])
        #expect(queue.isServed)
        #expect(queue.leave())
        #expect(!queue.isServed)
        #expect(queue.add(4) == .first)
    }

    @Test("Removing an element makes room")
    func capacity() {
        for number in 1...3 { #expect(queue.add(number) != .refused) }
        #expect(queue.add(4) == .refused)
        #expect(queue.take(2) == [1, 2])
        #expect(queue.add(5) == .waits)
        #expect(queue.count == 2)
        queue.setCapacity(2)
        #expect(queue.add(6) == .refused)
    }

    @Test("A wait ends when there are enough elements, whether they came before it or during it")
    func arrival() async {
        _ = queue.add(1)
        queue.wait(for: 1, until: .distantFuture)
        let isOver = Event()
        OwnThread.start { [queue] in
            queue.wait(for: 2, until: .distantFuture)
            isOver.happen()
        }
        _ = queue.add(2)
        #expect(await OwnThread.run { isOver.wait() })
    }

    @Test("A wait ends when its time is up, and does not end the next wait early")
    func timeout() async {
        await OwnThread.run {
            // A job arrives at about the time of the timeout, sometimes before it and sometimes after.
            for _ in 1...200 {
                OwnThread.start { [queue] in _ = queue.add(1) }
                queue.wait(for: 1, until: .now() + .microseconds(30))
                while queue.take(1).isEmpty {}
            }
            let begin = DispatchTime.now()
            queue.wait(for: 1, until: begin + .milliseconds(20))
            #expect(DispatchTime.now() >= begin + .milliseconds(20))
            #expect(queue.count == 0)
        }
    }
}
