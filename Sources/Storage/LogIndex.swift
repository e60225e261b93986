import CSQLite
import GRDB

/// The WAL index, which is memory that all processes share ("WAL-Index File Format" in SQLite's documentation). It
/// shows whether anything was committed since an earlier look. That costs only a few reads from memory.
struct LogIndex: Sendable {
    /// The part of the index that every commit changes.
    struct State: Equatable, Sendable {
        /// The header, followed by two words of zeros.
        private var words = SIMD8<UInt64>()

        /// - Returns: nil while another thread or process changes it.
        fileprivate init?(_ memory: UnsafeRawPointer) {
            let isWhole = withUnsafeMutableBytes(of: &words) { bytes in
                bytes.baseAddress.map { allclear_read_log_header(memory, $0.assumingMemoryBound(to: UInt64.self)) }
            }
            guard isWhole == true else { return nil }
        }

        /// A counter that every commit increases by one. It starts again when SQLite rebuilds the index from the WAL.
        private var commits: UInt32 {
            withUnsafeBytes(of: words) { $0.load(fromByteOffset: 8, as: UInt32.self) }
        }

        /// The number of frames in the WAL, each a page with a header. 0 when the WAL restarts.
        var frames: Int { withUnsafeBytes(of: words) { Int($0.load(fromByteOffset: 16, as: UInt32.self)) } }

        /// Whether exactly one commit, by any process, separates the two states.
        func isNext(after earlier: State) -> Bool { commits == earlier.commits &+ 1 }
    }

    // Safe on any thread, because it is only read. `State` compares the index's two copies of the header to detect a
    // change meanwhile. The memory stays mapped while the connection is open (see `Connections.index`).
    private nonisolated(unsafe) let memory: UnsafeRawPointer

    /// - Parameter db: a connection that has used its WAL, and stays open for as long as this value is used.
    init?(_ db: Database) {
        guard let memory = allclear_log_index(db.sqliteConnection) else { return nil }
        self.memory = memory
    }

    /// Nil while another thread or process changes it.
    var state: State? { State(memory) }

    /// The number of WAL frames that are already in the database file.
    var backfilled: Int { Int(allclear_log_backfilled(memory)) }
}
