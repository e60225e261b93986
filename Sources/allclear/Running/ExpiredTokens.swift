import Logging
import Storage

/// Deletes the tokens of rotated keys after they expire.
struct ExpiredTokens: Sendable {
    let store: Store
    let writer: Writer
    let logger: Logger

    /// Gives the writer no work if no token has expired, because metrics count even an empty write.
    func forget() {
        do {
            let now = Clock.now()
            guard try store.read({ try $0.hasTokens(expiredBy: now) }) else { return }
            writer.write(
                { try $0.forgetTokens(expiredBy: now) },
                completion: { result in
                    if case .failure(let error) = result { report(error) }
                })
        } catch {
            report(error)
        }
    }

    private func report(_ error: any Error) {
        logger.error("cannot delete expired tokens", metadata: ["error": "\(error)"])
    }
}
