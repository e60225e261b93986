import Locking
import StatusPages

/// Caches the keys that were looked up, by the hash of their token, until a commit may have changed them.
///
/// Reading a key from the database is the most expensive part of a short request. But a revoked key must stop working
/// at once, even if another process revoked it. So cached keys are valid for one state of the WAL only. The writer
/// knows what its own commits change, and carries the cache over from each state to the next.
final class KeyCache: Sendable {
    private struct Memory {
        /// The state for which `keys` are valid.
        var state: LogIndex.State?
        var keys: [[UInt8]: ValidKey] = [:]
    }

    private let memory = Locked(Memory())

    func clear() { memory.withLock { $0 = Memory() } }

    /// A cached key that is known to match the database.
    /// - Parameter state: the current state of the WAL.
    func key(tokenHash: [UInt8], at now: Timestamp, in state: LogIndex.State?) -> APIKey? {
        memory.withLock { memory in
            guard let state, state == memory.state, let known = memory.keys[tokenHash], known.isValid(at: now) else {
                return nil
            }
            return known.key
        }
    }

    /// Caches a key.
    /// - Parameter state: the state of the WAL both before and after the key was read.
    func keep(_ key: ValidKey, tokenHash: [UInt8], of state: LogIndex.State) {
        memory.withLock { memory in
            if memory.state != state { memory = Memory(state: state) }
            memory.keys[tokenHash] = key
        }
    }

    /// Carries the cache over exactly one commit of this process. The states show how many commits there were, but not
    /// which process made them.
    /// - Parameters:
    ///   - before: the state of the WAL after the transaction began, when nobody else could commit any more.
    ///   - after: the state after the commit, when other processes could commit again.
    ///   - changesKeys: whether the commit may have changed any key.
    func follow(from before: LogIndex.State?, to after: LogIndex.State?, changesKeys: Bool) {
        memory.withLock { memory in
            // A lookup has already cached a key for the new state.
            if memory.state == after { return }
            let isCarriedOver = before.map { memory.state == $0 && after?.isNext(after: $0) ?? false } ?? false
            memory = isCarriedOver && !changesKeys ? Memory(state: after, keys: memory.keys) : Memory()
        }
    }
}

/// A key with one of its tokens.
struct ValidKey {
    let key: APIKey
    /// When the token expires; nil if it does not.
    let expiresAt: Timestamp?

    func isValid(at now: Timestamp) -> Bool { expiresAt.map { $0 > now } ?? true }
}
