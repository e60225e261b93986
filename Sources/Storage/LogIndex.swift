import CSQLite
import GRDB

/// The index of the log, which is in memory that all processes share ("WAL-Index File Format" in SQLite's documentation).
/// It tells whether anything was committed since an earlier look, which costs no more than to read a few words.
struct LogIndex: Sendable {
    /// What every commit changes.
    struct State: Equatable, Sendable {
        /// The header, and two words of zeros.
        private var words = SIMD8<UInt64>()

        /// - Returns: nil while someone changes it.
        fileprivate init?(_ memory: UnsafeRawPointer) {
            let isWhole = withUnsafeMutableBytes(of: &words) { bytes in
                bytes.baseAddress.map { allclear_read_log_header(memory, $0.assumingMemoryBound(to: UInt64.self)) }
            }
            guard isWhole == true else { return nil }
        }

        /// A counter that every commit increases by one. It begins anew when SQLite makes the index anew from the log.
        private var commits: UInt32 {
            withUnsafeBytes(of: words) { $0.load(fromByteOffset: 8, as: UInt32.self) }
        }

        /// How many frames the log has, of pages and their headers; 0 when it begins again.
        var frames: Int { withUnsafeBytes(of: words) { Int($0.load(fromByteOffset: 16, as: UInt32.self)) } }

        /// Whether one commit, of whomever, and no more came between.
        func isNext(after earlier: State) -> Bool { commits == earlier.commits &+ 1 }
    }

    // Safe on any thread: it is only read, through `State`, which tells from the two copies whether someone changes it
    // meanwhile, and it stays mapped as long as the connection is open (`Connections.index`).
    private nonisolated(unsafe) let memory: UnsafeRawPointer

    /// - Parameter db: a connection that has used its log. It stays open as long as this is used.
    init?(_ db: Database) {
        guard let memory = allclear_log_index(db.sqliteConnection) else { return nil }
        self.memory = memory
    }

    /// Nil while someone changes it.
    var state: State? { State(memory) }

    /// How many frames of the log are in the database file already.
    var backfilled: Int { Int(allclear_log_backfilled(memory)) }
}
