import Logging
import TestSupport
import Testing

@testable import allclear

@Suite("Repeated problems")
struct ProblemLogTests {
    private struct Failure: Error, CustomStringConvertible { let description: String }

    @Test("Each problem is logged when it starts, and once a minute while it lasts")
    func interval() {
        let log = RecordedLog()
        let problems = ProblemLog(logger: log.logger)
        let start = ContinuousClock.now
        for quarter in 0..<4 * 150 {
            let now = start + .milliseconds(250) * quarter
            problems.report("cannot look", Failure(description: "full"), at: now)
            problems.report("cannot publish", Failure(description: "full"), ["id": "1"], at: now)
            problems.report("cannot publish", Failure(description: "full"), ["id": "2"], at: now)
            // The error of this problem changes after two seconds.
            problems.report("cannot write", Failure(description: quarter < 8 ? "busy" : "full"), at: now)
        }
        let lines = log.lines.map { ([$0.message] + $0.metadata.values.sorted()).joined(separator: " ") }
        let expected = [
            "cannot look full": 3, "cannot publish 1 full": 3, "cannot publish 2 full": 3, "cannot write busy": 1,
            "cannot write full": 3,
        ]
        #expect(lines.reduce(into: [:]) { $0[$1, default: 0] += 1 } == expected)
        #expect(log.lines.allSatisfy { $0.level == .error })
    }
}
