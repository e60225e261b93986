import Locking
import Storage

/// Counts and durations of writes: batches, their commits, and the widgets built for them.
final class WriteMetrics: Sendable {
    private struct State {
        var commits = Histogram()
        var writes = 0
        var failedCommits = 0
        var largestBatch = 0
        var snapshots = Histogram()
    }

    private let state = Locked(State())

    func note(_ commit: Writer.CommitFacts) {
        state.withLock { state in
            state.writes += commit.writes
            state.largestBatch = max(state.largestBatch, commit.writes)
            state.commits.note(commit.duration)
            if !commit.isCommitted { state.failedCommits += 1 }
        }
    }

    /// Records how long the widgets of one page took to build.
    func noteSnapshots(_ duration: Duration) { state.withLock { $0.snapshots.note(duration) } }

    func write(to text: inout MetricsText, waiting: Int) {
        let state = state.withLock { $0 }
        text.add("allclear_writes_waiting", .gauge, "Writes waiting for a commit.", waiting)
        text.add(
            "allclear_writes_total", .counter, "Writes processed in a commit, including rejected ones.", state.writes)
        text.add(
            "allclear_write_batch_largest", .gauge, "The largest number of writes in one commit.", state.largestBatch)
        text.add(
            "allclear_commits_failed_total", .counter, "Failed commits.", state.failedCommits)
        text.describe(
            "allclear_commit_duration_seconds", "histogram", "Time from the start of a batch until it is durable.")
        text.samples("allclear_commit_duration_seconds", histogram: state.commits)
        text.describe("allclear_snapshot_duration_seconds", "histogram", "Time to build the widgets of one page.")
        text.samples("allclear_snapshot_duration_seconds", histogram: state.snapshots)
    }
}
