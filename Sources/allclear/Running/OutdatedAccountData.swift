import Accounts
import StatusPages
import Storage

/// Deletes links and sessions of users after they expire, notes about sent forms after a day, and unfinished forms and
/// unsaved structures after 30 days.
struct OutdatedAccountData: Sendable {
    private static let hour: Int64 = 3_600_000
    private static let day: Int64 = 24 * hour

    let store: Store
    let writer: Writer
    let rules: @Sendable () -> SessionRules
    let problems: ProblemLog

    /// Gives the writer no work if nothing is outdated.
    func delete(at now: Timestamp) {
        let rules = rules()
        let retention = AccountRetention(
            links: now, sessionStarts: now.advanced(byMilliseconds: -rules.absolute),
            // The last use may be known in memory only, for a minute or until the writer recovers.
            sessionUses: now.advanced(byMilliseconds: -rules.idle - Self.hour),
            submissions: now.advanced(byMilliseconds: -Self.day), drafts: now.advanced(byMilliseconds: -30 * Self.day))
        do {
            guard try store.read({ try $0.hasOutdatedAccountData(retention) }) else { return }
        } catch {
            return problems.report("cannot read outdated data of users", error)
        }
        writer.write(
            { try $0.deleteOutdatedAccountData(retention) },
            completion: { [problems] result in
                if case .failure(let error) = result { problems.report("cannot delete outdated data of users", error) }
            })
    }
}
