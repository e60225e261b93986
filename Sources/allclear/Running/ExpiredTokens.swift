import Logging
import Storage

/// Forgets the tokens of rotated keys that have stopped working.
struct ExpiredTokens: Sendable {
    let store: Store
    let writer: Writer
    let logger: Logger

    /// Hands them to the writer, if there are any: to write nothing would count as a write all the same.
    func forget() {
        do {
            let now = Clock.now()
            guard try store.read({ try $0.hasTokens(expiredBy: now) }) else { return }
            writer.write({ try $0.forgetTokens(expiredBy: now) }) { result in
                if case .failure(let error) = result { report(error) }
            }
        } catch {
            report(error)
        }
    }

    private func report(_ error: any Error) {
        logger.error("cannot forget expired tokens", metadata: ["error": "\(error)"])
    }
}
