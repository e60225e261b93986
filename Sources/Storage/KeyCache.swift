import Locking
import StatusPages

/// The keys that were asked for, by the hash of their token, as long as nothing was committed that might change them.
///
/// To ask the database costs more than anything else about a short request. But a key that was revoked must not work once
/// more, whoever revoked it, and another process may. So what is remembered counts for one state of the log only, and the
/// writer, which knows what its own commits change, carries it over from each to the next.
final class KeyCache: Sendable {
    private struct Memory {
        /// The state that `keys` are of.
        var state: LogIndex.State?
        var keys: [[UInt8]: ValidKey] = [:]
    }

    private let memory = Locked(Memory())

    /// Forgets everything.
    func clear() { memory.withLock { $0 = Memory() } }

    /// A key that is known to be what the database has.
    /// - Parameter state: the present one of the log.
    func key(tokenHash: [UInt8], at now: Timestamp, in state: LogIndex.State?) -> APIKey? {
        memory.withLock { memory in
            guard let state, state == memory.state, let known = memory.keys[tokenHash], known.isValid(at: now) else {
                return nil
            }
            return known.key
        }
    }

    /// Remembers a key.
    /// - Parameter state: that of the log both before and after the key was read.
    func keep(_ key: ValidKey, tokenHash: [UInt8], of state: LogIndex.State) {
        memory.withLock { memory in
            if memory.state != state { memory = Memory(state: state) }
            memory.keys[tokenHash] = key
        }
    }

    /// Takes note of a commit of our own. It has to be one: the states tell how many commits there were, not whose.
    /// - Parameters:
    ///   - before: the state of the log when the transaction had begun, and nobody else could commit any more.
    ///   - after: that when it was committed, and anybody could again.
    ///   - changesKeys: whether any key may be different now.
    func follow(from before: LogIndex.State?, to after: LogIndex.State?, changesKeys: Bool) {
        memory.withLock { memory in
            // Someone has asked since.
            if memory.state == after { return }
            let isCarriedOver = before.map { memory.state == $0 && after?.isNext(after: $0) ?? false } ?? false
            memory = isCarriedOver && !changesKeys ? Memory(state: after, keys: memory.keys) : Memory()
        }
    }
}

/// A key with one of its tokens.
struct ValidKey {
    let key: APIKey
    /// When the token stops working.
    let expiresAt: Timestamp?

    func isValid(at now: Timestamp) -> Bool { expiresAt.map { $0 > now } ?? true }
}
